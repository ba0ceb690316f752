import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** What is still to be done once everything is attached and open, besides reading buffers and maps and writing. */
export interface Duties {
  /** Shows users by their names. */
  namesUsers?: boolean;
  /** Names functions in other processes' stacks. */
  readsProcesses?: boolean;
  /** Has programs in network interfaces' queueing, which no closed descriptor takes away. */
  unhooksNetwork?: boolean;
}

/** What native/privileges.c returns: its bits. */
const FILTER = 1;
const RULESET = 2;
const CAPABILITIES = 4;
const NOBODY = 8;

/** With them we do not trace; and since some are gone, there is no other way. */
class CannotGiveUp extends Error {
  override readonly name = "CannotGiveUp";

  constructor(error: number) {
    // native/threads.c sends each thread a realtime signal, which needs room in the queue of its user
    const advice =
      -error === constants.errno.EAGAIN ? "raise the limit of pending signals (ulimit -i), or try again" : "try again";
    super(
      `privileges cannot be given up (${describeErrno(-error)}), and exitsnoop does not go on with them: ${advice}`,
    );
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
 * Gives up, in every thread and for good, what tracing no longer needs: capabilities, new privileges, writing and executing files, new
 * processes, BPF programs and sockets. See native/privileges.c and docs/privileges.md.
 * @returns what holds now, in words.
 * @throws CannotGiveUp where a thread did not follow.
 */
export function giveUpPrivileges({ namesUsers, readsProcesses, unhooksNetwork }: Duties): string {
  const asker = namesUsers ? native.users_open() : 0;
  if (asker < 0) throw new CannotGiveUp(asker);
  const held = native.give_up_privileges(readsProcesses ? 1 : 0, unhooksNetwork ? 1 : 0);
  if (held < 0) throw new CannotGiveUp(held);
  return [
    held & CAPABILITIES ? "all capabilities but those still needed" : "all capabilities",
    held & FILTER ? "most system calls (seccomp)" : "no system calls, as this kernel has no seccomp",
    held & RULESET ? "all files but those that are open or only read (Landlock)" : "nothing by Landlock",
    held & NOBODY ? "files that not everybody may read" : "no files that we may read",
  ].join(", ");
}
