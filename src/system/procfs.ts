import { readFileSync, readlinkSync, statSync } from "node:fs";
import { native } from "../native/library.ts";
import { HOST_PID_NS } from "../record/layout.ts";

let isInHostPidNamespace: boolean | undefined;

/** Returns the inode number of one of the tracer's namespaces; 0 without /proc. */
export function namespaceInode(kind: "pid" | "user" | "time" | "cgroup"): number {
  return statSync(`/proc/self/ns/${kind}`, { throwIfNoEntry: false })?.ino ?? 0;
}

/**
 * Returns the fields of /proc/PID/stat, proc(5), from the third on: those after the name, which
 * may contain any byte. @throws if there is no such process
 */
export function statFields(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Returns true if /proc has the processes of the tracer's PID namespace, under its pids. */
export function hasOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
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
  return isInHostPidNamespace ? localProcessState(pid) : "running";
}

/** Returns the state of a process by its pid in the tracer's PID namespace. */
export function localProcessState(pid: number): (typeof processStates)[number] {
  return processStates[native.process_state(pid)] ?? "running";
}
