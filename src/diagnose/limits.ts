/** Advice for when a limit of the process or of the system is reached. */
import { constants } from "node:os";

const E = constants.errno;

const adviceByErrno: Record<number, string> = {
  [E.EAGAIN]: "raise the process limit (ulimit -u, pids.max of the cgroup, kernel.pid_max), or end some processes",
  [E.ENOMEM]: "memory or its limit (ulimit -v, the cgroup's) is too small",
  [E.EMFILE]: "raise the limit on open files (ulimit -n)",
  [E.ENFILE]: "raise the system's limit on open files (sysctl fs.file-max)",
};

/** Returns the advice for an errno that means that a limit is reached; undefined for others. */
export function adviceForLimit(errno: number): string | undefined {
  return adviceByErrno[errno];
}
