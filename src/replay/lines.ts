import { LINE_FEED } from "../text/ascii.ts";

/** The longest line: exitsnoop writes half as much at most, but another program may add blanks. */
export const MAX_LINE_BYTES = 1024 * 1024;

/**
 * The lines of a stream that comes in chunks. Only a line that two chunks share is copied. After
 * add(), next() moves to each line that has ended: `bytes` from `start` to `end`, with an LF after.
 */
export class Lines {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The number of the line, from 1. */
  number = 0;
  /** True if the line is longer than MAX_LINE_BYTES: then it has no bytes. */
  isTooLong = false;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The start of a line whose end has not come yet. */
  #rest = new Uint8Array(64 * 1024);
  #restLength = 0;
  #isRestTooLong = false;

  /** The bytes of a line whose end has not come yet; 0 if it is too long already. */
  get pendingBytes(): number {
    return this.#restLength;
  }

  add(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Returns false if no further line has ended. */
  next(): boolean {
    const chunk = this.#chunk;
    const from = this.#at;
    if (from >= chunk.length) return false;
    const end = chunk.indexOf(LINE_FEED, from);
    if (end < 0) {
      this.#keep(chunk, from, chunk.length);
      this.#at = chunk.length;
      return false;
    }
    this.#at = end + 1;
    if (this.#restLength > 0 || this.#isRestTooLong) {
      this.#keep(chunk, from, end);
      return this.finish();
    }
    this.number++;
    this.isTooLong = end - from > MAX_LINE_BYTES;
    this.bytes = chunk;
    this.start = from;
    this.end = this.isTooLong ? from : end;
    return true;
  }

  /** Moves to the line after the last LF, at the end. Returns false if it is empty. */
  finish(): boolean {
    this.isTooLong = this.#isRestTooLong;
    if (this.#restLength === 0 && !this.isTooLong) return false;
    this.number++;
    this.bytes = this.#rest;
    this.start = 0;
    this.end = this.#restLength;
    this.#rest[this.end] = LINE_FEED;
    this.#restLength = 0;
    this.#isRestTooLong = false;
    return true;
  }

  /** Appends a part of a line whose end has not come yet, or drops the line if it is too long. */
  #keep(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#restLength + to - from;
    if (this.#isRestTooLong || length > MAX_LINE_BYTES) {
      this.#isRestTooLong = true;
      this.#restLength = 0;
      return;
    }
    // room for an LF
    if (length >= this.#rest.length) {
      const larger = new Uint8Array(Math.min(2 * length, MAX_LINE_BYTES) + 1);
      larger.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = larger;
    }
    this.#rest.set(chunk.subarray(from, to), this.#restLength);
    this.#restLength = length;
  }
}
