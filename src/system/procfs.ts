import { statSync } from "node:fs";
import { native } from "../native/library.ts";
import { HOST_PID_NS } from "../record/layout.ts";

let isInHostPidNamespace: boolean | undefined;

/** Returns the inode number of one of the tracer's namespaces; 0 without /proc. */
export function namespaceInode(kind: "pid" | "user" | "time" | "cgroup"): number {
  return statSync(`/proc/self/ns/${kind}`, { throwIfNoEntry: false })?.ino ?? 0;
}

/** The results of process_state() in native/core/system.c, by number. */
const processStates = ["running", "dead", "thread"] as const;

/**
 * Returns the state of a process by its pid in the host's PID namespace. `thread`: the number
 * belongs to a thread, but not to a process. In another PID namespace the host's pids cannot be
 * looked up, and the result is `running`.
 */
export function processState(pid: number): (typeof processStates)[number] {
  isInHostPidNamespace ??= namespaceInode("pid") === HOST_PID_NS;
  if (!isInHostPidNamespace) return "running";
  return processStates[native.process_state(pid)] ?? "running";
}
