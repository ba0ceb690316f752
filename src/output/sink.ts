import { constants } from "node:os";
import { describeErrno } from "../libbpf/errno.ts";
import type { ByteWriter } from "./byte-writer.ts";

const { EPIPE, ENOSPC, EDQUOT, EFBIG, EIO, EROFS } = constants.errno;
/** What may pass: somebody makes room, or the disk comes back. */
const temporary: readonly number[] = [ENOSPC, EDQUOT, EFBIG, EIO, EROFS];

const LINE_FEED = 10;
/** No errno is as large; a failed write is -(bytes written before it * ERRNO_LIMIT + errno). */
const ERRNO_LIMIT = 4096;
const NOTHING = new Uint8Array(0);

/** The output cannot be written and never will be. Status 1. */
export class WriteError extends Error {
  override readonly name = "WriteError";
}

/**
 * Writes the first `length` bytes and returns how many were taken; fewer: the reader was given up; negative: a failure,
 * as write_all() of native/write.c returns it.
 */
export type Write = (bytes: Uint8Array, length: number) => number;

/** The errno of a negative result of Write. */
export function writeErrno(result: number): number {
  return -result % ERRNO_LIMIT;
}

/**
 * Where batches of lines go: one write a batch. While the output has no room, exits are lost and counted; a line that was begun, the
 * header and what says how many exits were lost are kept until there is room, so that a file never has half a line inside.
 */
export class Sink {
  /** The reader went away; what is written is dropped. */
  isClosed = false;
  /** Exits that a reader who had stopped reading did not take before the trace had to end. */
  unread = 0;
  /** The errno of the last write where it failed; 0: the output takes what it gets. */
  failure = 0;
  #gaveUp = false;
  #lost = 0;
  /** What must be written before anything else. */
  #rest = NOTHING;
  #isRestExit = false;

  constructor(
    readonly name: string,
    readonly write: Write,
  ) {}

  /** Whether something is kept that could not be written yet. */
  get isWaiting(): boolean {
    return this.#rest.length > 0;
  }

  /** Exits that could not be written; with the one whose line is not complete yet. */
  get lost(): number {
    return this.#lost + (this.isWaiting && this.#isRestExit ? 1 : 0);
  }

  /**
   * Writes the lines in the buffer and empties it.
   * @param areExits whether each line is an exit, and lost or unread if it is not taken; others are kept.
   * @throws WriteError
   */
  flush(out: ByteWriter, areExits: boolean): void {
    if (this.isWaiting) this.#rest = this.#rest.subarray(this.#take(this.#rest, this.#rest.length));
    if (out.length > 0 && !this.isClosed) {
      const taken = this.isWaiting ? 0 : this.#take(out.bytes, out.length);
      if (taken < out.length && !this.isClosed) this.#leave(out, taken, areExits);
    }
    if (this.#gaveUp) this.#giveUpRest();
    out.reset();
  }

  /** Writes, and returns how many bytes were taken. */
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

  /** Counts or keeps what was not taken. */
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

  #giveUpRest(): void {
    if (this.isWaiting && this.#isRestExit) this.unread++;
    this.#rest = NOTHING;
  }
}

function linesIn(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let i = start; i < end; i++) if (bytes[i] === LINE_FEED) lines++;
  return lines;
}
