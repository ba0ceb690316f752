import { duration } from "../values/common.ts";
import { args, cgroup, codes, containers, names, pids, signals, units, users } from "../values/filters.ts";
import { alsoNamed, flag, list, type Options, valued } from "./option.ts";

/** The options that select exits. A `!` before a value of a list removes it from the others. */
export const filterOptions = {
  failed: flag("x", "only exits with a code other than 0, and deaths by signal"),
  pid: list("p", "PID[,PID…]", pids, "only these processes"),
  ppid: list("P", "PID[,PID…]", pids, "only children of these processes"),
  tree: list("", "PID[,PID…]", pids, "only descendants of these running processes, from now on"),
  name: list(
    "n",
    "NAME[,NAME…]",
    names,
    "only these names (COMM), exact or globs; '!NAME' leaves one out, as in every list",
  ),
  args: list(
    "",
    "GLOB",
    args,
    "only command lines that match as a whole, as ARGS shows them; may be given several times",
  ),
  user: list("u", "USER[,USER…]", users, "only of these users: names or uids"),
  signal: list("s", "SIG[,SIG…]", signals, "only deaths by these signals: KILL, SIGKILL, 9, any"),
  code: list("", "N[-M][,…]", codes, "only these exit codes: 137, 1-9"),
  oom: flag("", "only kills by the OOM killer"),
  core: flag("", "only deaths that dumped core"),
  cgroup: list(
    "c",
    "PATH",
    cgroup,
    "only in this cgroup or below, now or later, as in /proc/PID/cgroup; may be given several times",
  ),
  unit: list("", "NAME[,NAME…]", units, "only of these systemd units; .service is added to a name without a suffix"),
  container: list("", "NAME[,ID…]", containers, "only in these containers: names, or at least 12 digits of each id"),
  "min-duration": valued("", "TIME", duration, "only processes that lived at least that long"),
  "max-duration": valued("", "TIME", duration, "only processes that lived at most that long"),
  threads: alsoNamed(
    ["per-thread", "threaded"],
    flag("T", "every thread's exit, not only the process's; COMM and --name are the thread's name"),
  ),
} satisfies Options;
