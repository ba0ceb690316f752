import { statSync } from "node:fs";
import { native } from "../native/library.ts";

/**
 * PROC_PID_INIT_INO of include/linux/proc_ns.h: the initial PID namespace. The kernel's records use
 * its numbers.
 */
const INITIAL_PID_NAMESPACE = 0xeffffffc;
let isInInitialPidNamespace: boolean | undefined;

/** Returns the inode number of one of the tracer's namespaces; 0 without /proc. */
export function namespaceInode(kind: "pid" | "user" | "time" | "cgroup"): number {
  return statSync(`/proc/self/ns/${kind}`, { throwIfNoEntry: false })?.ino ?? 0;
}

/** The results of process_state() in native/core/system.c, by number. */
const processStates = ["running", "dead", "thread"] as const;

/**
 * Returns the state of a process of the initial PID namespace. `thread`: the number belongs to a
 * thread, but not to a process. In another PID namespace nothing is known about these numbers, and
 * the result is `running`.
 */
export function processState(pid: number): (typeof processStates)[number] {
  isInInitialPidNamespace ??= namespaceInode("pid") === INITIAL_PID_NAMESPACE;
  if (!isInInitialPidNamespace) return "running";
  return processStates[native.process_state(pid)] ?? "running";
}
