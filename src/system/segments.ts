import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import { native, toCString } from "../native/library.ts";
import { quotePath } from "../text/sanitize.ts";
import { PATH_BYTES, REFUSED, sudoUser } from "./output-file.ts";

/** The limits of all segments in a directory. */
export interface Keep {
  /** Infinity: no limit. */
  readonly bytes: number;
  /** How old the last line of a segment may be, ms; infinity: no limit. */
  readonly ms: number;
}

/** The names of segments end so. */
export type SegmentSuffix = ".jsonl" | ".csv" | ".txt";

const MS_PER_SECOND = 1000;
/** The results of next_segment() in native/core/segments.c. */
const results = ["pending", "begun", "removed"] as const;
export type SegmentResult = (typeof results)[number];

/** The reasons of native/core/output_file.h: for the directory, and for the lock file in it. */
const NO_BROKER = 6;
const IS_SHARED = 7;
const IS_LOCKED = 8;
const fileReasons: Record<number, string> = {
  1: "is a symbolic link",
  2: "has several hard links",
  3: "belongs to another user",
  4: "is not a regular file",
  5: "is being changed by others",
};

/** Is thrown if a directory cannot be used. The message says why and what to do. */
export class SegmentError extends Error {
  override readonly name = "SegmentError";

  /** @param errno 0 if it is not an error of the system. */
  constructor(
    message: string,
    readonly errno: number,
  ) {
    super(message);
  }
}

/**
 * Opens a directory for segments, removes those beyond the limits, and creates the next one.
 * @returns its descriptor. @throws SegmentError
 */
export function openSegments(directory: string, suffix: SegmentSuffix, keep: Keep, segmentBytes: number): number {
  const where = new Uint8Array(PATH_BYTES);
  const path = toCString(directory);
  const result = Number(
    native.open_segments(
      path,
      toCString(suffix),
      Math.min(keep.bytes, Number.MAX_SAFE_INTEGER),
      keep.ms === Number.POSITIVE_INFINITY ? 0 : Math.ceil(keep.ms / MS_PER_SECOND),
      segmentBytes,
      sudoUser(),
      where,
    ),
  );
  if (result >= 0) return result;
  throw new SegmentError(openFailure(directory, -result, where), -result);
}

function openFailure(directory: string, error: number, where: Uint8Array): string {
  const failure = `cannot keep exits in ${quotePath(directory)}`;
  const { ENOENT, ENOTDIR, EOVERFLOW } = constants.errno;
  if (error === ENOENT) return `${failure}: there is no such directory; create it with mkdir -m 700`;
  if (error === ENOTDIR) return `${failure}: it is not a directory, which --keep needs`;
  if (error === EOVERFLOW) return `${failure}: its numbers are used up; name another directory`;
  if (error === REFUSED + IS_LOCKED) return `${failure}: another exitsnoop keeps exits there; name another directory`;
  if (error === REFUSED + IS_SHARED)
    return `${failure}: other users may write to it; name a directory to which only you can write (chmod go-w)`;
  const reason = fileReasons[error - REFUSED];
  if (!reason) return `${failure}: ${describeErrno(error)}; name another directory with --output`;
  const file = new TextDecoder().decode(where.subarray(0, where.indexOf(0)));
  return `${failure}: ${quotePath(file)} ${reason}; name another directory with --output`;
}

/**
 * Removes the segments that are too old. @param begins also begin a new one, if the answer before
 * was not `pending`. @throws SegmentError
 */
export function nextSegment(begins: boolean): SegmentResult {
  const result = native.next_segment(begins ? 1 : 0);
  if (result >= 0) return results[result]!;
  if (-result === REFUSED + NO_BROKER) throw new SegmentError("the process that creates the segments is gone", 0);
  throw new SegmentError(describeErrno(-result), -result);
}
