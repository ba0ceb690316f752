import { describeErrno } from "../libbpf/errno.ts";
import type { ByteWriter } from "./byte-writer.ts";

const EPIPE = -32;
const LINE_FEED = 10;

/** The output cannot be written: a full disk, an I/O error. Status 1. */
export class WriteError extends Error {
  override readonly name = "WriteError";
}

/** Writes the first `length` bytes and returns how many were taken; fewer: the reader was given up; negative: -errno. */
export type Write = (bytes: Uint8Array, length: number) => number;

/** Where batches of lines go: one write a batch. */
export class Sink {
  /** The reader went away; what is written is dropped. */
  isClosed = false;
  /** Exits that a reader who had stopped reading did not take before we had to end. */
  unread = 0;
  #gaveUp = false;

  constructor(
    readonly name: string,
    readonly write: Write,
  ) {}

  /**
   * Writes what is in the making and empties it.
   * @param areExits whether each line is an exit, and to be counted if it is not taken.
   * @throws WriteError
   */
  flush(out: ByteWriter, areExits: boolean): void {
    if (out.length > 0 && !this.isClosed) {
      const taken = this.#gaveUp ? 0 : this.write(out.bytes, out.length);
      if (taken === EPIPE) {
        this.isClosed = true;
      } else if (taken < 0) {
        throw new WriteError(`cannot write to ${this.name}: ${describeErrno(-taken)}`);
      } else if (taken < out.length) {
        this.#gaveUp = true;
        for (let i = taken; areExits && i < out.length; i++) if (out.bytes[i] === LINE_FEED) this.unread++;
      }
    }
    out.reset();
  }
}
