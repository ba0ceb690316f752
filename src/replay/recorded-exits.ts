import type { ArgumentRedactor, Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import type { TracingGap } from "../output/format.ts";
import { kindOf, type SuppressedExits } from "../output/suppressed.ts";
import { KillerKind } from "../record/layout.ts";
import { BrokenLine } from "./broken-line.ts";
import { ExitDecoder } from "./exit-decoder.ts";
import { LeftOut } from "./left-out.ts";
import { Lines } from "./lines.ts";

/** The key without which a suppressed exit has a killer all the same. */
const KILLED_BY = "killed_by";

/** Which exits of a recording are read. */
export interface RecordedSelection {
  /** The keys without which an exit cannot be compared. */
  needs: readonly string[];
  /** Selects exits that have these keys. */
  passes: ((exit: Exit) => boolean) | undefined;
  /** True if the exits of threads are exits of their own. */
  withThreads: boolean;
}

/**
 * The exits in recordings, in the order of their lines:
 * `exits.begin(chunk); while (exits.next()) print(exits.exit);`
 * As in an ExitStream, there is one exit, which moves from line to line.
 */
export class RecordedExits {
  readonly exit: Exit;
  readonly leftOut = new LeftOut();
  /** The number of exits that were lost when they were recorded. */
  lost = 0;
  /** True once a line was an event as exitsnoop writes it. */
  hasEvents = false;
  readonly #decoder: ExitDecoder;
  #lines = new Lines();
  #name = "";
  #needs: readonly { key: string; index: number }[];
  readonly #tid: number;
  readonly #isOver: readonly number[];
  readonly #killerKind: number;

  /**
   * @param isInside says whether a time is between --since and --until.
   * @param onLost is called for a line about lost exits.
   * @param onGap is called for a time without a tracer.
   */
  constructor(
    readonly selection: RecordedSelection,
    readonly isInside: ((time: Timespec) => boolean) | undefined,
    readonly onLost: (count: number, noticed: Timespec) => void = () => {},
    readonly onGap: (gap: TracingGap) => void = () => {},
    redactor?: ArgumentRedactor,
  ) {
    this.#decoder = new ExitDecoder(redactor);
    this.exit = this.#decoder.exit;
    const needs = [...selection.needs, ...(isInside ? ["time"] : [])];
    this.#needs = needs.map((key) => ({ key, index: this.#decoder.indexOf(key) }));
    this.#tid = this.#decoder.indexOf("tid");
    this.#killerKind = this.#decoder.indexOf("killed_by_kind");
    this.#isOver = ["max_rss_bytes", "threads"].map((key) => this.#decoder.indexOf(key));
  }

  /**
   * The number of exits that the current exit stands for: --limit suppressed them when they were
   * recorded. 0: it is one exit.
   */
  get suppressed(): number {
    return this.#decoder.suppressed;
  }

  /** Copies the suppressed exits for which the current exit stands. */
  get suppressedExits(): SuppressedExits {
    const decoder = this.#decoder;
    const { suppressed: count, suppressedFrom: first } = decoder;
    // a process that was killed has no exit code, and still a known status
    const isKnown = (key: string) => decoder.knows(decoder.indexOf(key)) || (key === "exit_code" && this.exit.isKilled);
    const kind = kindOf(this.exit, true, (key) => !isKnown(key));
    const isUnknown = kind.comm === null && kind.status === null;
    return { kind: isUnknown ? undefined : kind, count, first, last: this.exit.exitTime };
  }

  /** True if suppressed exits were killed by the kernel: a process among several has no name. */
  get #isOfKernel(): boolean {
    return this.#decoder.has(this.#killerKind) && this.exit.record.killerKind !== KillerKind.process;
  }

  /** Begins a recording. @param name for messages. */
  open(name: string): void {
    this.#lines = new Lines();
    this.#decoder.beginRecording();
    this.#name = name;
  }

  /** Begins a part of the recording, which must not change until the next one begins. */
  begin(chunk: Uint8Array): void {
    this.#lines.add(chunk);
  }

  /** Moves `exit` to the next exit that is selected. Returns false if the part has no more. */
  next(): boolean {
    const lines = this.#lines;
    while (lines.next()) if (this.#isExit()) return true;
    return false;
  }

  /** Moves `exit` to the exit in the last line, which no LF ends. Returns false if it has none. */
  finish(): boolean {
    return this.#lines.finish() && this.#isExit(true);
  }

  /** Called if the rest of a recording cannot be read: forgets the line whose end is missing. */
  abandon(): void {
    this.#lines = new Lines();
  }

  /** Returns a function that says whether the current exit has no value for a column. */
  lacks(key: string): () => boolean {
    const decoder = this.#decoder;
    const index = decoder.indexOf(key);
    return () => !decoder.knows(index);
  }

  /**
   * Returns lacks() for sums: a killer that is null is one that the tracer did not know, as in a
   * live summary.
   */
  lacksSum(key: string): () => boolean {
    const decoder = this.#decoder;
    const index = decoder.indexOf(key);
    if (key !== KILLED_BY) return this.lacks(key);
    return () => !decoder.has(index) && !(decoder.suppressed > 0 && this.#isOfKernel);
  }

  /** @param isUnended true if the line has no LF: if it is no JSON, its end is missing. */
  #isExit(isUnended = false): boolean {
    const { start, end, isTooLong, number } = this.#lines;
    // a small file can decompress to millions of empty lines
    if (start === end && !isTooLong) return false;
    if (!isTooLong) return this.#decode(start, isUnended);
    this.leftOut.addLine("long", `${this.#name}:${number}`, "");
    return false;
  }

  #decode(start: number, isUnended: boolean): boolean {
    const { bytes, end, number } = this.#lines;
    try {
      const lost = this.#decoder.decode(bytes, start, end);
      this.hasEvents = true;
      if (lost > 0) return this.#addLost(lost);
      return this.#decoder.gap ? this.#addGap(this.#decoder.gap) : this.#isSelected();
    } catch (error) {
      if (!(error instanceof BrokenLine)) throw error;
      if (isBlank(bytes, start, end)) return false;
      const place = `${this.#name}:${number}`;
      const next = startOfLast(bytes, start, end);
      if (next > start && this.#decoder.isJson(bytes, next, end)) {
        this.leftOut.addLine("cut", place, "");
        return this.#decode(next, isUnended);
      }
      if (isUnended && !this.#decoder.isJson(bytes, start, end)) this.leftOut.addLine("cut", place, "");
      else this.leftOut.addLine(error.fault, place, error.detail);
      return false;
    }
  }

  #addLost(count: number): false {
    const time = this.#decoder.lostTime;
    if (this.isInside && !this.isInside(time)) return false;
    this.lost += count;
    this.onLost(count, time);
    return false;
  }

  #addGap(gap: TracingGap): false {
    if (!this.isInside || this.isInside(gap.from) || this.isInside(gap.to)) this.onGap(gap);
    return false;
  }

  #isSelected(): boolean {
    const decoder = this.#decoder;
    const { exit, isInside } = this;
    const { passes, withThreads } = this.selection;
    const needs = this.#needs;
    for (let i = 0; i < needs.length; i++) {
      const { key, index } = needs[i]!;
      if (decoder.has(index) || (key === KILLED_BY && decoder.has(this.#killerKind))) continue;
      this.leftOut.addLacking(key, decoder.suppressed || 1);
      return false;
    }
    if (isInside && !isInside(exit.exitTime)) return false;
    if (!withThreads && decoder.has(this.#tid) && !this.#isOver.some((index) => decoder.knows(index))) {
      this.leftOut.addThread();
      return false;
    }
    return !passes || passes(exit);
  }
}

/** The start of a line. Within a text, its quotes would be escaped. */
const START = Buffer.from('{"event":"');

/**
 * Returns where the last of two lines without LF between them starts: a tracer was killed while it
 * wrote the first, and the next tracer appended the second.
 */
function startOfLast(bytes: Uint8Array, start: number, end: number): number {
  return start + Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).lastIndexOf(START);
}

/** A blank, a tab and a CR. */
const BLANKS = [0x20, 9, 13];

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!BLANKS.includes(bytes[at]!)) return false;
  return true;
}
