/** Feature probes: they find out what the kernel permits by trying it in a child process. */
import { constants } from "node:os";
import { native } from "../native/library.ts";

/** The attempts, `enum probe` in native/core/probes.c. */
export const Probe = {
  /** An invalid command of bpf(2): EINVAL shows that the call reaches the kernel. */
  bpf: 0,
  /** Creating a ring buffer of 256 KB. */
  ring: 1,
  /** Loading a program that does nothing. */
  program: 2,
  /** Attaching that program to the raw tracepoint sched_process_exit. */
  rawTracepoint: 3,
  /** Loading a program that calls bpf_probe_read_kernel(). */
  readKernel: 4,
} as const;

/** The result of native.probe() if it cannot fork. */
const NO_CHILD = -1000;

/** An errno, 0 for success; or the signal that killed the child, as a seccomp filter may. */
export type ProbeResult = { errno: number } | { killedBy: number } | "no child";

/** Runs a probe in a child process, which an alarm ends after three seconds. */
export function probe(what: (typeof Probe)[keyof typeof Probe]): ProbeResult {
  const result = native.probe(what);
  if (result === NO_CHILD) return "no child";
  return result < 0 ? { killedBy: -result } : { errno: result };
}

/** Returns the errno of a probe; undefined if its child could not be forked or was killed. */
function probeErrno(what: (typeof Probe)[keyof typeof Probe]): number | undefined {
  const result = probe(what);
  return result !== "no child" && "errno" in result ? result.errno : undefined;
}

/**
 * Returns the errno of an invalid command of bpf(2) if it is not EINVAL: a filter, usually seccomp,
 * refuses bpf(2), or a kernel before 5.19 does, which checks capabilities before the command. errno
 * 0: a filter kills the process. Undefined: the kernel has read the command, or the probe failed.
 */
export function bpfInterception(): { errno: number } | undefined {
  const result = probe(Probe.bpf);
  if (result === "no child") return undefined;
  if ("killedBy" in result) return result.killedBy === constants.signals.SIGSYS ? { errno: 0 } : undefined;
  return result.errno === constants.errno.EINVAL ? undefined : result;
}

/**
 * Returns true if the kernel loads programs but refuses bpf_probe_read_kernel(), which exists since
 * Linux 5.5: then it is locked down (lockdown=confidentiality).
 */
export function isKernelReadBlocked(): boolean {
  return probeErrno(Probe.readKernel) === constants.errno.EINVAL && canLoadPrograms();
}

/** Returns true if the kernel loads programs that read its memory. */
export function canReadKernelMemory(): boolean {
  return probeErrno(Probe.readKernel) === 0;
}

/** Returns true if the kernel loads a program that does nothing. */
export function canLoadPrograms(): boolean {
  return probeErrno(Probe.program) === 0;
}

/** Returns true if BpfObject.run() works and programs can look up kernel symbols (Linux 5.16). */
export function canRunSyscallPrograms(): boolean {
  return native.supports_syscall_programs() === 1;
}

/** Returns the name of a BPF helper function; empty if it is newer than the built-in libbpf. */
export function helperName(number: number): string {
  return String(native.helper_name(number));
}
