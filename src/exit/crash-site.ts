/** The place and the cause of a crash, from its records. Texts are bytes that need escaping. */
export interface CrashSite {
  /** The number of the fatal signal. */
  signal: number;
  /** si_code. */
  code: number;
  /** The address of the fault; null if the signal came from no fault, or the CPU reported none. */
  address: bigint | null;
  access: Access | null;
  isStackOverflow: boolean;
  pid: number;
  tid: number;
  thread: Uint8Array;
  ip: bigint;
  sp: bigint;
  /** The number of the system call that SIGSYS refused. */
  syscall: number | null;
  /** The pid of the process that sent the signal; 0: the kernel did. */
  senderPid: number;
  /** Its own pid in its PID namespace, in which `senderPid` is a pid as well. */
  nsPid: number;
  /** The message that the C library left before abort(). */
  message: Uint8Array | null;
  /** The fault whose handler then ended the process. */
  first: FirstFault | null;
  frames: readonly CrashFrame[];
  /** True if there are more frames than are shown. */
  isCut: boolean;
  /** Why the callers of the last frame are not known. */
  missing: MissingFrames | null;
}

export type Access = "read" | "write" | "exec";

/** Why the callers are not known, as JSON says it; docs/output.md explains the words. */
export const missingFrames = [
  "ring_full",
  "stack_unreadable",
  "no_unwind_info",
  "too_many_mappings",
  "too_complex",
  "busy",
] as const;
export type MissingFrames = (typeof missingFrames)[number];

export interface FirstFault {
  signal: number;
  code: number;
  address: bigint | null;
  access: Access | null;
  isStackOverflow: boolean;
  /** The index of its frame; null if the frames do not reach it. */
  frame: number | null;
}

/** How a frame was found, in the order of enum frame_how in native/core/unwind.h. */
export const frameHows = ["ip", "call", "cfi", "fp", "signal", "scan"] as const;
/** The states of a frame's file, in the order of enum file_state from FILE_OK on. */
export const fileStates = ["ok", "gone", "replaced", "unreadable"] as const;

export interface CrashFrame {
  ip: bigint;
  /** The path of the mapped file, or a name such as `[vdso]` in brackets. */
  module: Uint8Array;
  /** The offset in the file, or in a mapping without one; null: in no executable mapping. */
  offset: bigint | null;
  /** The address in the file's own numbering, which debuggers and addr2line(1) use. */
  address: bigint | null;
  buildId: string | null;
  isDeleted: boolean;
  function: Uint8Array | null;
  functionOffset: number;
  how: (typeof frameHows)[number];
  file: (typeof fileStates)[number] | null;
}

/** Returns the index of the first frame that is a guess; frames found from it are guesses too. */
export function firstGuess(frames: readonly CrashFrame[]): number {
  const first = frames.findIndex(({ how }) => how === "scan");
  return first < 0 ? frames.length : first;
}

/** The crashes whose exits are still to come. */
export interface CrashSites {
  /** True if there are none, as nearly always. */
  readonly isEmpty: boolean;
  /** The number of crashes that were dropped before their exits came. */
  readonly dropped: number;
  /** Adds a record of a batch: `size` bytes at `at`. @param kind a RecordKind. */
  add(kind: number, bytes: Uint8Array, at: number, size: number): void;
  /**
   * Returns where a thread crashed, once: the last crash with the signal that ended it.
   * @param tid the thread; 0: any of the process.
   * @param startHigh the upper half of the start time.
   */
  take(pid: number, tid: number, startHigh: number, startLow: number, signal: number): CrashSite | null;
  /** Drops the crashes of a process that has exited, or of a thread. */
  drop(pid: number, tid: number, startHigh: number, startLow: number): void;
}
