import { duration } from "../values/common.ts";
import { cgroup, name, pids, signals, users } from "../values/filters.ts";
import { flag, list, type Options, valued } from "./option.ts";

/** The options that select exits. */
export const filterOptions = {
  failed: flag("x", "only exits with a code other than 0, and deaths by signal"),
  pid: list("p", "PID[,PID…]", pids, "only these processes"),
  ppid: list("P", "PID[,PID…]", pids, "only children of these processes"),
  name: list("n", "NAME", name, "only this name (COMM): exact, or a glob; may be given several times"),
  user: list("u", "USER[,USER…]", users, "only of these users: names or uids"),
  signal: list("s", "SIG[,SIG…]", signals, "only deaths by these signals: KILL, SIGKILL, 9, any"),
  cgroup: list(
    "c",
    "PATH",
    cgroup,
    "only in this cgroup or below, now or later, as in /proc/PID/cgroup; may be given several times",
  ),
  "min-duration": valued("", "TIME", duration, "only processes that lived at least that long"),
  threads: flag("T", "every thread's exit, not only the process's"),
  "per-thread": flag("", "same as --threads"),
} satisfies Options;
