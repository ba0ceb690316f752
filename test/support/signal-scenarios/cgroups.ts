/** cgroup.kill, and the OOM killer of a cgroup. Skipped where no such cgroup can be created. */
import { killed, oom, process, type Scenario, scenario, SI_USER } from "./scenario.ts";

export const cgroups: readonly Scenario[] = [
  ...[1, 2].map((version) =>
    scenario(
      `OOM in a cgroup of v${version}: reports oom_cgroup with the cgroup's path`,
      `need driver make_cgroup ${version}
       need driver limit_memory
       victim join_cgroup
       victim use_memory ${64 << 20}`,
      killed("victim", "SIGKILL", oom),
    ),
  ),
  scenario(
    "cgroup.kill: reports the writer with reason cgroup_kill",
    `need driver make_cgroup 2
     victim join_cgroup
     need alice kill_cgroup`,
    killed("victim", "SIGKILL", process("alice", SI_USER, { reason: "cgroup_kill" })),
  ),
];
