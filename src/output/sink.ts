import { constants } from "node:os";
import { WriteError } from "../errors.ts";
import { describeErrno } from "../native/errno.ts";
import { LINE_FEED } from "../text/ascii.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { countExits, endOfExit, endsExit } from "./exit-lines.ts";

const { EPIPE, ENOSPC, EDQUOT, EFBIG, EIO, EROFS } = constants.errno;
/** Errors after which a later write may succeed: a user frees space, or the disk comes back. */
const temporary: readonly number[] = [ENOSPC, EDQUOT, EFBIG, EIO, EROFS];

/** Returns true if a later attempt may succeed. */
export function isTemporary(errno: number): boolean {
  return temporary.includes(errno);
}

/** Larger than any errno. A failed write returns -(bytes written before * ERRNO_LIMIT + errno). */
const ERRNO_LIMIT = 4096;
const NOTHING = new Uint8Array(0);
const NONE: readonly number[] = [];

/**
 * Writes the first `length` bytes. Returns the number of bytes written, fewer if the reader timed
 * out; negative: an error (see ERRNO_LIMIT), as write_all() of src/native/core/write.c returns it.
 */
export type Write = (bytes: Uint8Array, length: number) => number;

/** Returns the errno of a negative result of Write. */
export function writeErrno(result: number): number {
  return -result % ERRNO_LIMIT;
}

/** Returns the bytes that were written, by a result of Write. */
export function writtenBytes(result: number): number {
  return result >= 0 ? result : Math.floor(-result / ERRNO_LIMIT);
}

/**
 * Writes batches of lines, each with one write. While the output has no room, exits are dropped and
 * counted. The rest of a partly written line, the header and lines about lost exits are kept until
 * there is room, so that a file never has a broken line.
 */
export class Sink {
  /** The reader has closed its end; all output is discarded. */
  isClosed = false;
  /** The number of exits that were not written because the reader had stopped reading. */
  unread = 0;
  /** Format.spansLines of the lines that are written. */
  spansLines = false;
  /** The errno of the last write; 0: it succeeded. */
  failure = 0;
  #gaveUp = false;
  #lost = 0;
  /** The bytes to write before any others. */
  #rest = NOTHING;
  #isRestExit = false;
  /** The number of exits that each line of the rest counts, if the lines are not exits. */
  #restFolded: readonly number[] = NONE;
  /** True if the rest begins within a line. */
  #isPartial = false;

  constructor(
    readonly name: string,
    readonly write: Write,
  ) {}

  /** True if there are bytes to write before any others. */
  get isWaiting(): boolean {
    return this.#rest.length > 0;
  }

  /** True if the end of what was passed to flush() last is not written. */
  get isBehind(): boolean {
    return this.isWaiting || this.#gaveUp;
  }

  /** The number of exits that could not be written, with one whose line is incomplete. */
  get lost(): number {
    return this.#lost + (this.isWaiting ? (this.#isRestExit ? 1 : 0) + sum(this.#restFolded) : 0);
  }

  /**
   * Writes the lines in the buffer. The caller empties it.
   * @param areExits true if the lines are exits, which are lost or unread if they are not written;
   * other lines are kept.
   * @param folded the number of exits that each line counts, if the lines are not exits.
   * @throws WriteError
   */
  flush(out: ByteWriter, areExits: boolean, folded = NONE): void {
    if (this.isWaiting) this.#writeRest();
    if (out.length > 0 && !this.isClosed) {
      const taken = this.isWaiting ? 0 : this.#tryWrite(out.bytes, out.length);
      if (taken < out.length && !this.isClosed) this.#keepOrCount(out, taken, areExits, folded);
    }
    if (this.#gaveUp) this.#discardRest();
  }

  /**
   * Called after another, empty file has replaced the output. A line that the old file has in part
   * is lost. @param hasHeader true if the format has a header, which is written again.
   */
  restart(hasHeader: boolean): void {
    if (this.#restFolded.length > 0 && (this.#isPartial || this.spansLines || hasHeader)) {
      this.#lost += sum(this.#restFolded);
      this.#rest = NOTHING;
    }
    if (this.isWaiting && (this.#isPartial || this.spansLines)) {
      if (this.#isRestExit) this.#lost++;
      // if an exit spans lines, the rest may be several lines, but of this one exit only
      this.#rest = this.spansLines ? NOTHING : this.#rest.subarray(this.#rest.indexOf(LINE_FEED) + 1);
    }
    // with a header, no other lines than exits and headers are kept
    if (hasHeader) this.#rest = NOTHING;
    this.#isRestExit = false;
    this.#isPartial = false;
    if (!this.isWaiting) this.#restFolded = NONE;
  }

  #writeRest(): void {
    const written = this.#tryWrite(this.#rest, this.#rest.length);
    if (written > 0) this.#isPartial = this.#rest[written - 1] !== LINE_FEED;
    if (this.#restFolded.length > 0) this.#restFolded = unwritten(this.#restFolded, this.#rest, written);
    this.#rest = this.#rest.subarray(written);
  }

  /** Returns the number of bytes written. @throws WriteError */
  #tryWrite(bytes: Uint8Array, length: number): number {
    if (this.#gaveUp || this.isClosed) return 0;
    const result = this.write(bytes, length);
    if (result >= 0) {
      this.failure = 0;
      this.#gaveUp = result < length;
      return result;
    }
    const errno = writeErrno(result);
    if (errno === EPIPE) {
      this.isClosed = true;
      return 0;
    }
    if (!isTemporary(errno)) throw new WriteError(`cannot write to ${this.name}: ${describeErrno(errno)}`);
    this.failure = errno;
    return writtenBytes(result);
  }

  /** Counts or keeps the bytes that were not written. */
  #keepOrCount({ bytes, length }: ByteWriter, taken: number, areExits: boolean, folded: readonly number[]): void {
    if (this.#gaveUp) {
      this.unread += areExits
        ? countExits(bytes, taken, length, this.spansLines)
        : sum(unwritten(folded, bytes, taken));
    } else if (areExits) {
      let at = taken;
      if (taken > 0 && !endsExit(bytes, taken - 1, this.spansLines)) {
        at = endOfExit(bytes, taken, length, this.spansLines);
        this.#rest = bytes.slice(taken, at);
        this.#isRestExit = true;
        this.#isPartial = true;
      }
      this.#lost += countExits(bytes, at, length, this.spansLines);
    } else {
      if (!this.isWaiting) {
        this.#isRestExit = false;
        this.#isPartial = taken > 0 && bytes[taken - 1] !== LINE_FEED;
      }
      this.#rest = Buffer.concat([this.#rest, bytes.subarray(taken, length)]);
      if (folded.length > 0) this.#restFolded = unwritten(folded, bytes, taken);
    }
  }

  #discardRest(): void {
    if (this.isWaiting) this.unread += (this.#isRestExit ? 1 : 0) + sum(this.#restFolded);
    this.#rest = NOTHING;
    this.#restFolded = NONE;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Returns the numbers of the lines that do not end before the byte at `end`. */
function unwritten(numbers: readonly number[], bytes: Uint8Array, end: number): readonly number[] {
  return numbers.slice(countExits(bytes, 0, end, false));
}
