import { constants } from "node:os";
import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** `enum probe` of native/probes.c. */
export const Probe = {
  /** Whether bpf(2) reaches the kernel at all; it never succeeds. */
  bpf: 0,
  /** A ring buffer as large as tracing makes it. */
  ring: 1,
  /** A program that does nothing. */
  program: 2,
  /** The same at the raw tracepoint of exits. */
  rawTracepoint: 3,
  /** A program that reads the kernel's memory. */
  readKernel: 4,
} as const;

const NO_CHILD = -1000;

export type ProbeResult = { errno: number } | { killedBy: number } | "no child";

/** What the kernel says to an attempt, made by a child of ours; errno 0: it works. Takes three seconds at most. */
export function probe(what: (typeof Probe)[keyof typeof Probe]): ProbeResult {
  const result = native.probe(what);
  if (result === NO_CHILD) return "no child";
  return result < 0 ? { killedBy: -result } : { errno: result };
}

/** Whether somebody in front of the kernel answers bpf(2), or kills for it: seccomp, as a rule. `errno` is 0 where it kills. */
export function bpfIsIntercepted(): { errno: number } | undefined {
  const result = probe(Probe.bpf);
  if (result === "no child") return undefined;
  if ("killedBy" in result) return result.killedBy === constants.signals.SIGSYS ? { errno: 0 } : undefined;
  return result.errno === constants.errno.EINVAL ? undefined : result;
}

/** Whether the kernel takes programs, but none that reads its memory, which all can since 5.5: it is locked down then. */
export function hidesMemory(): boolean {
  const [reading, nothing] = [probe(Probe.readKernel), probe(Probe.program)];
  if (reading === "no child" || nothing === "no child" || !("errno" in reading) || !("errno" in nothing)) return false;
  return reading.errno === constants.errno.EINVAL && nothing.errno === 0;
}

/** Whether it takes one that does. */
export function mayReadKernel(): boolean {
  const result = probe(Probe.readKernel);
  return typeof result === "object" && "errno" in result && result.errno === 0;
}

/**
 * Returns true if the kernel loads a program that does nothing, so that BPF in general is
 * permitted.
 */
export function takesPrograms(): boolean {
  const result = probe(Probe.program);
  return typeof result === "object" && "errno" in result && result.errno === 0;
}

export interface Loss {
  /** As we call it, who may live in a PID namespace. */
  pid: number;
  /** What wait4() said. */
  status: number;
}

/** Lets a child die, with an exit code, or of a signal that we send it, and waits for it. @throws LibbpfError */
export function loseChild(death: { code: number } | { signal: number }): Loss {
  const [code, signal] = "code" in death ? [death.code, 0] : [0, death.signal];
  const result = Number(native.spawn_and_reap(code, signal));
  if (result < 0) throw new LibbpfError("no child can be made", -result);
  return { pid: Math.floor(result / 65536), status: result % 65536 };
}
