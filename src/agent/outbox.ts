/** The stream of lines from the tracers to the exporters, as far as it is not confirmed. */
import { bytesOf } from "../text/byte-writer.ts";
import { LINE_FEED } from "../text/ascii.ts";
import { lastTimeIn } from "./last-time.ts";

const CHUNK_BYTES = 256 * 1024;
/** The most bytes that are kept for another exporter, besides those that are not written yet. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** A part of the stream. */
interface Chunk {
  bytes: Uint8Array;
  /** The position of its first byte in the stream. */
  start: number;
  /** The number of lost lines in it, if it is a line about such. */
  lost?: number;
}

/**
 * Keeps the bytes of the stream from the first that is not confirmed: if an exporter dies, the next
 * one gets them again. The agent puts lines of its own between those of the tracers. Positions are
 * counted in bytes since the start of the agent.
 */
export class Outbox {
  /** The place to read into; add() copies it. */
  readonly buffer = new Uint8Array(CHUNK_BYTES);
  /** The number of lines so far. */
  lines = 0;
  /** The time of the last line that came as a whole, in nanoseconds. */
  lastTime = 0n;
  end = 0;
  written = 0;
  confirmed = 0;
  #chunks: Chunk[] = [];
  /** The lines that are neither confirmed nor kept. */
  #forgottenLines = 0;
  #isAtLineStart = true;

  constructor(readonly maxKept = MAX_KEPT_BYTES) {}

  get isWritten(): boolean {
    return this.written === this.end;
  }

  /** Adds the first `length` bytes of the buffer. */
  add(length: number): void {
    const bytes = this.buffer.slice(0, length);
    this.lastTime = lastTimeIn(bytes, this.#isAtLineStart) ?? this.lastTime;
    this.#push(bytes);
  }

  /** Adds a line of the agent. A line that a dead tracer left incomplete is ended before. */
  insert(line: string): void {
    this.#push(bytesOf(`${this.#isAtLineStart ? "" : "\n"}${line}`));
  }

  #push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ bytes, start: this.end });
    this.end += bytes.length;
    this.lines += countLines(bytes);
    this.#isAtLineStart = bytes.at(-1) === LINE_FEED;
    this.#forget();
  }

  /** Returns bytes to write; undefined: all are written. */
  next(): Uint8Array | undefined {
    // what is not written is at the end, in one or two chunks
    const chunk = this.#chunks.findLast(({ start }) => start <= this.written);
    return this.isWritten || !chunk ? undefined : chunk.bytes.subarray(this.written - chunk.start);
  }

  /** Called after some of these bytes were written. */
  advance(length: number): void {
    this.written += length;
    this.#forget();
  }

  /** Called when an exporter has confirmed what is before a position, the start of a line. */
  confirm(position: number): void {
    this.confirmed = Math.max(this.confirmed, Math.min(position, this.written));
    while (this.#chunks[0] && endOf(this.#chunks[0]) <= this.confirmed) this.#chunks.shift();
    if (this.confirmed >= (this.#chunks[0]?.start ?? this.end)) this.#forgottenLines = 0;
  }

  /**
   * Goes back to what is not confirmed, for another exporter. What is not kept any more is lost.
   * @param describeLoss returns the line about a number of lost lines.
   * @param from skips what is before this position as well.
   * @returns the number of lines that are lost.
   */
  rewind(describeLoss: (lines: number) => string, from = this.confirmed): number {
    let lost = this.#forgottenLines;
    this.#forgottenLines = 0;
    this.#trim(Math.max(this.confirmed, this.#chunks[0]?.start ?? this.end));
    const skipped = this.#skipTo(from);
    lost += skipped.lines;
    // the rest of a line whose start is not kept
    if (lost > 0 && !skipped.isWhole) lost += this.#skipPartOfLine();
    const position = this.#chunks[0]?.start ?? this.end;
    this.written = this.confirmed = position;
    if (lost === 0) return 0;
    const bytes = bytesOf(describeLoss(lost));
    this.written = this.confirmed = position - bytes.length;
    this.#chunks.unshift({ bytes, start: this.written, lost });
    return lost;
  }

  /** Returns the number of lines from a position on; one without an end counts. */
  linesFrom(position: number): number {
    let lines = 0;
    for (const { bytes, start } of this.#chunks) lines += countLines(bytes, Math.max(0, position - start));
    return lines + (this.#isAtLineStart || position === this.end ? 0 : 1);
  }

  /** Drops the oldest bytes that were written and not confirmed, if there are too many. */
  #forget(): void {
    for (let first = this.#chunks[0]; first && this.written - first.start > this.maxKept; first = this.#chunks[0]) {
      if (endOf(first) > this.written) return;
      this.#forgottenLines += first.lost ?? countLines(first.bytes, Math.max(0, this.confirmed - first.start));
      this.#chunks.shift();
    }
  }

  /** Drops what is before a position. Returns its lines, and whether the last one is whole. */
  #skipTo(position: number): { lines: number; isWhole: boolean } {
    let [lines, isWhole] = [0, false];
    for (let first = this.#chunks[0]; first && first.start < position; first = this.#chunks[0]) {
      const part = first.bytes.subarray(0, position - first.start);
      lines += first.lost ?? countLines(part);
      isWhole = part.at(-1) === LINE_FEED;
      this.#trim(first.start + part.length);
      if (first.bytes.length === 0) this.#chunks.shift();
    }
    return { lines, isWhole };
  }

  #trim(position: number): void {
    const first = this.#chunks[0];
    if (!first || first.start >= position) return;
    first.bytes = first.bytes.subarray(position - first.start);
    first.start = position;
  }

  /** Returns 1 if a line began before the first chunk, and drops its rest. */
  #skipPartOfLine(): number {
    for (let first = this.#chunks[0]; first; first = this.#chunks[0]) {
      const feed = first.bytes.indexOf(LINE_FEED);
      this.#trim(feed < 0 ? endOf(first) : first.start + feed + 1);
      if (first.bytes.length === 0) this.#chunks.shift();
      if (feed >= 0) return 1;
    }
    return 0;
  }
}

const endOf = ({ bytes, start }: Chunk) => start + bytes.length;

function countLines(bytes: Uint8Array, from = 0): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return from < bytes.length ? lines : 0;
}
