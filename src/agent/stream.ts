/** The stream of lines between the tracer and the exporter, as the agent passes it on. */
import { bytesOf } from "../text/byte-writer.ts";
import { LINE_FEED } from "../text/ascii.ts";
import { parseTime } from "./gap.ts";

const CHUNK_BYTES = 256 * 1024;
/** Every kind of line has its time within its first bytes. */
const MAX_TIME_OFFSET = 64;
const TIME_KEY = '"time":"';
const TIME_BYTES = 30;

/**
 * Holds a chunk: the bytes that were read from the tracer and are not written to the exporter yet.
 * Knows where lines begin, so that the agent can put its own lines between those of the tracer.
 */
export class Stream {
  /** The bytes to write: `pending` from `start` to `end`. */
  readonly chunk = new Uint8Array(CHUNK_BYTES);
  start = 0;
  end = 0;
  /** The number of bytes and lines that were passed on. */
  bytes = 0;
  lines = 0;
  /** The time of the last whole line whose beginning was in the same chunk, in nanoseconds. */
  lastTime = 0n;
  #isAtLineStart = true;

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** Called after `length` bytes were read into `chunk`, which was empty. */
  add(length: number): void {
    this.start = 0;
    this.end = length;
    this.lastTime = this.#timeOfLastLine(this.#isAtLineStart) ?? this.lastTime;
    if (length > 0) this.#isAtLineStart = this.chunk[length - 1] === LINE_FEED;
  }

  /**
   * Puts a line of the agent into `chunk`, which was empty. A line that a dead tracer left
   * incomplete is ended before.
   */
  insert(line: string): void {
    const bytes = bytesOf(`${this.#isAtLineStart ? "" : "\n"}${line}`);
    this.chunk.set(bytes);
    this.start = 0;
    this.end = bytes.length;
    this.#isAtLineStart = true;
  }

  /** Called after `length` bytes were written. */
  advance(length: number): void {
    for (let at = this.start; at < this.start + length; at++) {
      at = this.chunk.indexOf(LINE_FEED, at);
      if (at < 0 || at >= this.start + length) break;
      this.lines++;
    }
    this.start += length;
    this.bytes += length;
  }

  /** The number of lines that were begun and not written. */
  get unwrittenLines(): number {
    let lines = 0;
    for (let at = this.start; at < this.end; at++) {
      lines++;
      at = this.chunk.indexOf(LINE_FEED, at);
      if (at < 0 || at >= this.end) break;
    }
    return lines;
  }

  /** @param isWhole true if a line begins with the chunk. */
  #timeOfLastLine(isWhole: boolean): bigint | undefined {
    const { chunk, end } = this;
    const lastFeed = chunk.lastIndexOf(LINE_FEED, end - 1);
    if (lastFeed < 1) return undefined;
    const previous = chunk.lastIndexOf(LINE_FEED, lastFeed - 1);
    if (previous < 0 && !isWhole) return undefined;
    const head = new TextDecoder("latin1").decode(
      chunk.subarray(previous + 1, Math.min(lastFeed, previous + 1 + MAX_TIME_OFFSET + TIME_BYTES)),
    );
    const at = head.indexOf(TIME_KEY);
    return at < 0 ? undefined : parseTime(head.slice(at + TIME_KEY.length, at + TIME_KEY.length + TIME_BYTES));
  }
}
