import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import type { ByteWriter } from "./byte-writer.ts";

const { EPIPE, ENOSPC, EDQUOT, EFBIG, EIO, EROFS } = constants.errno;
/** Errors that may pass: a user frees space, or the disk comes back. */
const temporary: readonly number[] = [ENOSPC, EDQUOT, EFBIG, EIO, EROFS];

const LINE_FEED = 10;
/**
 * Is larger than any errno; a failed write returns -(bytes written before it * ERRNO_LIMIT +
 * errno).
 */
const ERRNO_LIMIT = 4096;
const NOTHING = new Uint8Array(0);

/** Is thrown if the output cannot be written and never will be. The exit status is 1. */
export class WriteError extends Error {
  override readonly name = "WriteError";
}

/**
 * Writes the first `length` bytes and returns the bytes written; fewer: the reader timed out;
 * negative: a failure, as write_all() of native/write.c returns it.
 */
export type Write = (bytes: Uint8Array, length: number) => number;

/** Returns the errno of a negative result of Write. */
export function writeErrno(result: number): number {
  return -result % ERRNO_LIMIT;
}

/**
 * Writes batches of lines, one write a batch. While the output has no room, exits are lost and
 * counted. A partly written line, the header and the line for lost exits are kept until there is
 * room, so that a file never has a broken line.
 */
export class Sink {
  /** The reader went away; what is written is dropped. */
  isClosed = false;
  /**
   * The number of exits that were not written before the trace ended, because the reader had
   * stopped reading.
   */
  unread = 0;
  /** The errno of the last write; 0: it succeeded. */
  failure = 0;
  #gaveUp = false;
  #lost = 0;
  /** The bytes to write before any others. */
  #rest = NOTHING;
  #isRestExit = false;

  constructor(
    readonly name: string,
    readonly write: Write,
  ) {}

  /** True if bytes are kept that could not be written yet. */
  get isWaiting(): boolean {
    return this.#rest.length > 0;
  }

  /** The number of exits that could not be written, including one with an incomplete line. */
  get lost(): number {
    return this.#lost + (this.isWaiting && this.#isRestExit ? 1 : 0);
  }

  /**
   * Writes the lines in the buffer and empties it.
   * @param areExits true if each line is an exit, which is lost or unread if it is not written;
   * other lines are kept.
   * @throws WriteError
   */
  flush(out: ByteWriter, areExits: boolean): void {
    if (this.isWaiting) this.#rest = this.#rest.subarray(this.#take(this.#rest, this.#rest.length));
    if (out.length > 0 && !this.isClosed) {
      const taken = this.isWaiting ? 0 : this.#take(out.bytes, out.length);
      if (taken < out.length && !this.isClosed) this.#leave(out, taken, areExits);
    }
    if (this.#gaveUp) this.#dropRest();
    out.reset();
  }

  /** Writes, and returns the bytes written. */
  #take(bytes: Uint8Array, length: number): number {
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
    if (!temporary.includes(errno)) throw new WriteError(`cannot write to ${this.name}: ${describeErrno(errno)}`);
    this.failure = errno;
    return Math.floor(-result / ERRNO_LIMIT);
  }

  /** Counts or keeps the bytes that were not written. */
  #leave({ bytes, length }: ByteWriter, taken: number, areExits: boolean): void {
    if (this.#gaveUp) {
      if (areExits) this.unread += linesIn(bytes, taken, length);
    } else if (areExits) {
      let at = taken;
      if (taken > 0 && bytes[taken - 1] !== LINE_FEED) {
        at = bytes.indexOf(LINE_FEED, taken) + 1;
        this.#rest = bytes.slice(taken, at);
        this.#isRestExit = true;
      }
      this.#lost += linesIn(bytes, at, length);
    } else {
      if (!this.isWaiting) this.#isRestExit = false;
      this.#rest = Buffer.concat([this.#rest, bytes.subarray(taken, length)]);
    }
  }

  #dropRest(): void {
    if (this.isWaiting && this.#isRestExit) this.unread++;
    this.#rest = NOTHING;
  }
}

function linesIn(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let i = start; i < end; i++) if (bytes[i] === LINE_FEED) lines++;
  return lines;
}
