import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** The tasks that remain once everything is attached and open, besides reading maps and writing. */
export interface RetainOptions {
  /** Looks up names of users in all sources of nsswitch.conf(5). */
  usesNss?: boolean;
  /** Looks up names of containers in files of root. */
  namesContainers?: boolean;
  /** Opens programs and libraries that only root may read, for crash sites. */
  opensElf?: boolean;
  /** Reads /proc/PID/maps and files of other processes, for the names of functions in stacks. */
  readsProcesses?: boolean;
  /** Detaches classic tc filters, which closing a descriptor does not remove. */
  detachesTcPrograms?: boolean;
}

/** The bits that drop_privileges() in native/core/privileges.c returns. */
const HAS_SECCOMP = 1;
const HAS_LANDLOCK = 2;
const RETAINS_CAPABILITIES = 4;
const READS_AS_NOBODY = 8;

/** Is thrown if a thread still has privileges. Some threads have none by now, so tracing ends. */
class PrivilegeError extends Error {
  override readonly name = "PrivilegeError";

  constructor(errno: number) {
    // native/core/all_threads.c sends each thread a realtime signal, which RLIMIT_SIGPENDING limits
    const advice =
      errno === constants.errno.EAGAIN ? "raise the limit of pending signals (ulimit -i), or try again" : "try again";
    super(`privileges cannot be given up (${describeErrno(errno)}), and exitsnoop does not go on with them: ${advice}`);
  }
}

/**
 * Keeps other processes of the user out of this one: ptrace(2), pidfd_getfd(2), /proc/PID/mem and
 * /proc/PID/fd are refused to processes without CAP_SYS_PTRACE. Called before any fork, since a
 * child inherits this state until its execve(2).
 */
export function forbidInspection(): void {
  native.forbid_inspection();
}

/**
 * Drops what tracing no longer needs, in every thread and for good: capabilities, new privileges,
 * writing and executing files, new processes, BPF programs and sockets (docs/privileges.md).
 * @returns a description of what was dropped.
 * @throws PrivilegeError if a thread keeps a privilege.
 */
export function dropPrivileges(retained: RetainOptions): string {
  const { usesNss, namesContainers, opensElf, readsProcesses, detachesTcPrograms } = retained;
  const broker = native.start_broker(usesNss ? 1 : 0, namesContainers ? 1 : 0, opensElf ? 1 : 0);
  if (broker < 0) throw new PrivilegeError(-broker);
  const result = native.drop_privileges(readsProcesses ? 1 : 0, detachesTcPrograms ? 1 : 0);
  if (result < 0) throw new PrivilegeError(-result);
  return [
    result & RETAINS_CAPABILITIES ? "all capabilities but those still needed" : "all capabilities",
    result & HAS_SECCOMP ? "most system calls (seccomp)" : "no system calls, as this kernel has no seccomp",
    result & HAS_LANDLOCK ? "all files but those that are open or only read (Landlock)" : "nothing by Landlock",
    result & READS_AS_NOBODY ? "files that user nobody cannot read" : "no files that the tracer's user can read",
  ].join(", ");
}
