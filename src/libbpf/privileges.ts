import { LibbpfError } from "./errno.ts";
import { native } from "./library.ts";

/** What is still to be done once everything is attached and open, besides reading buffers and maps and writing. */
export interface Duties {
  /** The process that signals are handed on to. */
  command?: number | undefined;
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

/**
 * Gives up, in every thread and for good, what tracing no longer needs: capabilities, new privileges, writing and executing files, new
 * processes, BPF programs and sockets. See native/privileges.c and docs/privileges.md.
 * @returns what holds now, in words.
 * @throws LibbpfError where a thread did not follow.
 */
export function giveUpPrivileges({ command, namesUsers, readsProcesses, unhooksNetwork }: Duties): string {
  const asker = namesUsers ? native.users_open() : 0;
  if (asker < 0) throw new LibbpfError("the names of users cannot be asked for", -asker);
  const held = native.give_up_privileges(command ?? 0, readsProcesses ? 1 : 0, unhooksNetwork ? 1 : 0);
  if (held < 0) throw new LibbpfError("privileges cannot be given up", -held);
  return [
    held & CAPABILITIES ? "all capabilities but those still needed" : "all capabilities",
    held & FILTER ? "most system calls (seccomp)" : "no system calls, as this kernel has no seccomp",
    held & RULESET ? "all files but those that are open or only read (Landlock)" : "nothing by Landlock",
  ].join(", ");
}
