import { native } from "./library.ts";

/** Sizes and order of struct unwind_result in native/core/unwind.c, in words of 8 bytes. */
const Head = {
  frameCount: 0,
  end: 1,
  signalFrame: 2,
  signal: 3,
  code: 4,
  address: 5,
  errorCode: 6,
  trap: 7,
  faultAddress: 8,
  sp: 9,
};
const FRAMES = 10;
const FRAME_WORDS = 5;
const MAX_FRAMES = 64;
const MODULES = FRAMES + FRAME_WORDS * MAX_FRAMES;
const MODULE_WORDS = 6;
const BUILD_ID_WORD = 3;
/** Why there are no more frames, in the order of enum unwind_end in native/core/unwind.h. */
export const unwindEnds = ["outermost", "unknown", "cut", "exhausted", "unrecorded"] as const;
const NO_MODULE = 0xffff_ffff_ffff_ffffn;

export interface UnwoundFrame {
  ip: bigint;
  /** The address in the file's own numbering; undefined: the file cannot be read. */
  address: bigint | undefined;
  /** The index among the modules; undefined: in no executable mapping. */
  module: number | undefined;
  /** enum frame_how in native/core/unwind.h. */
  how: number;
}

/** The fields of a fault in siginfo and of the CPU. */
export interface FaultRegisters {
  signal: number;
  code: number;
  /** si_addr. */
  address: bigint;
  errorCode: bigint;
  trap: bigint;
  /** x86's cr2, arm64's far_el1. */
  faultAddress: bigint;
  sp: bigint;
}

export interface Unwound {
  frames: UnwoundFrame[];
  end: (typeof unwindEnds)[number];
  /** The index of the frame that a signal handler interrupted; 0: there is none. */
  signalFrame: number;
  /** The fields of the innermost signal frame. signal: 0 if its handler has no siginfo. */
  first: FaultRegisters;
  /** One for each module: enum file_state, and a descriptor that the caller closes; -1: none. */
  modules: { state: number; fd: number; buildId: string }[];
}

/**
 * Unwinds the stack of a crash.
 * @param records those of one crash, as in a batch of a Reader.
 * @param paths for each module the paths under which its file may be, each with a NUL; then a NUL.
 * @param mounts the ids of the mounts in which files may be opened, and then their devices.
 * @returns null if the records have no crash_record.
 */
export function unwindCrash(
  records: Uint8Array,
  paths: Uint8Array,
  mounts: Uint32Array,
  moduleCount: number,
  maxModules: number,
): Unwound | null {
  const words = new BigUint64Array(MODULES + MODULE_WORDS * maxModules);
  const failed = native.unwind_crash(
    records,
    records.length,
    paths,
    paths.length,
    mounts,
    mounts.length / 2,
    words,
    words.byteLength,
  );
  if (failed) return null;
  const number = (word: number) => Number(words[word]!);
  const bytes = new Uint8Array(words.buffer);
  const frames = Array.from({ length: Math.min(number(Head.frameCount), MAX_FRAMES) }, (_, i) => {
    const at = FRAMES + FRAME_WORDS * i;
    const module = words[at + 2]!;
    return {
      ip: words[at]!,
      address: words[at + 4] ? words[at + 1]! : undefined,
      module: module === NO_MODULE ? undefined : Number(module),
      how: number(at + 3),
    };
  });
  return {
    frames,
    end: unwindEnds[number(Head.end)]!,
    signalFrame: number(Head.signalFrame),
    first: {
      signal: number(Head.signal),
      code: Number(BigInt.asIntN(64, words[Head.code]!)),
      address: words[Head.address]!,
      errorCode: words[Head.errorCode]!,
      trap: words[Head.trap]!,
      faultAddress: words[Head.faultAddress]!,
      sp: words[Head.sp]!,
    },
    modules: Array.from({ length: moduleCount }, (_, i) => {
      const at = MODULES + MODULE_WORDS * i;
      const buildId = bytes.subarray(8 * (at + BUILD_ID_WORD), 8 * (at + BUILD_ID_WORD) + number(at + 2));
      return { state: number(at), fd: number(at + 1) - 1, buildId: buildId.toHex() };
    }),
  };
}
