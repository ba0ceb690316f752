import type { Fault } from "../replay/broken-line.ts";
import { Lines } from "../replay/lines.ts";
import type { Counters } from "./counters.ts";
import { type ExportedEvent, lineWithin, parseEvent } from "./event.ts";

/** Nearly all lines that exitsnoop writes are shorter. */
const LARGE_LINE_BYTES = 16 * 1024;

/** Parses the lines of an input into events, and counts the lines that are left out. */
export class LineReader {
  /** The bytes of large lines since the exporter last set it to 0. */
  largeBytes = 0;
  #lines = new Lines();

  /** @param name the input's name, for messages. */
  constructor(
    readonly name: string,
    readonly counters: Counters,
  ) {}

  /** The bytes of a line whose end has not come yet. */
  get pendingBytes(): number {
    return this.#lines.pendingBytes;
  }

  /** Calls a function for each event whose line ends in a part. */
  read(part: Uint8Array, onEvent: (event: ExportedEvent) => void): void {
    const lines = this.#lines;
    lines.add(part);
    while (lines.next()) this.#line(onEvent, false);
  }

  /** Reads the last line, which has no LF. What follows begins a line. */
  finish(onEvent: (event: ExportedEvent) => void): void {
    if (this.#lines.finish()) this.#line(onEvent, true);
  }

  #line(onEvent: (event: ExportedEvent) => void, isUnended: boolean): void {
    const { bytes, start, end, isTooLong } = this.#lines;
    if (isTooLong) return this.#leaveOut("long");
    if (end - start > LARGE_LINE_BYTES) this.largeBytes += end - start;
    const line = textOf(bytes, start, end);
    if (line.trim() === "") return;
    const event = parseEvent(line, this.counters);
    if (typeof event !== "string") return this.#pass(event, onEvent);
    // a killed tracer may have left the start of a line before a whole one
    const within = event === "json" ? lineWithin(line) : undefined;
    this.#leaveOut(event === "json" && (isUnended || within !== undefined) ? "cut" : event);
    if (within === undefined) return;
    const later = parseEvent(within, this.counters);
    if (typeof later !== "string") this.#pass(later, onEvent);
  }

  #pass(event: ExportedEvent, onEvent: (event: ExportedEvent) => void): void {
    this.counters.countEvent(event);
    onEvent(event);
  }

  #leaveOut(fault: Fault): void {
    this.counters.leftOut.addLine(fault, `${this.name}:${this.#lines.number}`, "");
  }
}

/** Decodes UTF-8; invalid bytes become U+FFFD. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
