import { expect } from "bun:test";
import { type Feature, linesOf, tracerOutput, commandOutput, wide } from "./feature.ts";

const V2 = "/sys/fs/cgroup";
const V1 = "/v1-pids";
const ID = "0123456789abcdef".repeat(4);
const CGROUPS = ["/plain/nested", `/docker/${ID}`, `/system.slice/docker-${ID}.scope`];

/** Runs a process in each cgroup and removes the cgroup before the tracer can read its path. */
const script = (mount: string) => `
echo 'echo "{\\"pid\\":$$,\\"cgroup\\":\\"$1\\"}"' >print
for cgroup in ${CGROUPS.join(" ")}; do
	mkdir -p ${mount}$cgroup
	in_cgroup ${mount}$cgroup sh print $cgroup
	rmdir ${mount}$cgroup
done`;

function check(stdout: string, of: ReturnType<typeof tracerOutput>["of"]): void {
  const truths = linesOf<{ pid: number; cgroup: string }>(stdout);
  expect(truths.map(({ cgroup }) => cgroup)).toEqual(CGROUPS);
  for (const { pid, cgroup } of truths) {
    const container_id = cgroup.includes(ID) ? ID : null;
    expect(of(pid)).toMatchObject([{ cgroup, container_id, exit_code: 0 }]);
  }
}

export const cgroup: Feature = {
  name: "cgroup and container (v2)",
  steps: { cgroup: { tracers: { "": wide }, command: script(V2) } },
  check: (outcome) => check(commandOutput(outcome, "cgroup"), tracerOutput(outcome, "cgroup").of),
};

export const cgroupV1: Feature = {
  name: "cgroup and container (v1, with an empty v2 hierarchy)",
  steps: {
    "cgroup v1": {
      before: `mkdir ${V1} && mount -t cgroup -o pids pids ${V1}`,
      tracers: { "": wide },
      command: script(V1),
      after: `umount ${V1}`,
    },
  },
  check: (outcome) => check(commandOutput(outcome, "cgroup v1"), tracerOutput(outcome, "cgroup v1").of),
};
