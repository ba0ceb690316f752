import { trimEnd } from "../output/exit-lines.ts";
import { drawHistogram, log2Scale } from "../output/histogram.ts";
import { truncate } from "../output/row.ts";
import { signsOf } from "../output/signs.ts";
import { timeFormat } from "../output/time.ts";
import { writeShortDuration } from "../output/units.ts";
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { columnsOf } from "../text/characters.ts";
import { escapeText, writePlain } from "../text/escape.ts";
import { Timespec } from "../exit/timespec.ts";
import type { KeyPart } from "./key-buffer.ts";
import type { SummaryKey } from "./keys.ts";
import type { Period, SummaryData, SummaryOptions, SummaryWriter } from "./summary-data.ts";
import { Tally } from "./tally.ts";
import { layOut, type TableLayout } from "./table-layout.ts";

/** A terminal shows as many keys as its height less OTHER_LINES, but at least MIN_ROWS. */
const MIN_ROWS = 10;
const OTHER_LINES = 6;
/** After a number: earlier exits of the key may be among the others. */
const AT_LEAST = "+";
const NO_VALUE = "(none)";
const BOLD = bytesOf("\x1b[1m");
const RESET = bytesOf("\x1b[0m");

/** A line of the table. */
interface Line {
  tally: Tally;
  isComplete: boolean;
  /** The values of the keys, or the words for the kind of the row. */
  keys: readonly Uint8Array[];
}

/** Aligned columns, the keys last. On a terminal the table fits its width and height. */
export class SummaryTable implements SummaryWriter {
  readonly #cell = new ByteWriter();
  readonly #ellipsis: Uint8Array;
  /** The text of --label before each line. */
  readonly #label: Uint8Array;
  #hasWritten = false;

  constructor(
    readonly keys: readonly SummaryKey[],
    readonly options: SummaryOptions,
  ) {
    const { label } = options;
    this.#ellipsis = signsOf(options).ellipsis;
    this.#label = bytesOf(label === undefined ? "" : `${escapeText(label, writePlain)} `);
  }

  write(out: ByteWriter, data: SummaryData): void {
    const { hasHeader, hasPeriod = true, isWide } = this.options;
    const width = this.options.width();
    const lines = this.#linesOf(data);
    const natural = this.keys.map(({ heading }, i) =>
      Math.max(heading.length, ...lines.map(({ keys }) => widthOf(keys[i]!))),
    );
    const room = width > 0 ? Math.max(1, width - widthOf(this.#label)) : 0;
    const layout = layOut(data.total, natural, room);
    if (hasHeader) {
      if (hasPeriod && !data.period.isUnknown) {
        if (this.#hasWritten) out.put(bytesOf("\n"));
        this.#period(out, data.period);
      }
      this.#header(out, layout, room);
    }
    for (const line of lines) this.#line(out, line, layout, data.period.busyNs);
    if (isWide) this.#histogram(out, data.total);
    this.#hasWritten = true;
  }

  /** Returns the rows; on a terminal those that fit, with the sum of the others. */
  #linesOf({ aggregates, other, total }: SummaryData): Line[] {
    const maxRows = this.#maxRows() ?? aggregates.length;
    // the sum of a single key would need as much room
    const room = !other && aggregates.length === maxRows + 1 ? maxRows + 1 : maxRows;
    const hidden = aggregates.slice(room);
    const lines = aggregates
      .slice(0, room)
      .map(({ tally, isComplete, parts }) => ({ tally, isComplete, keys: this.#texts(parts) }));
    if (hidden.length || other) {
      const rest = new Tally();
      for (const { tally } of hidden) rest.merge(tally);
      if (other) rest.merge(other);
      const more = hidden.length ? `(${hidden.length} others${other ? " and more" : ""})` : "(other)";
      lines.push({ tally: rest, isComplete: true, keys: this.#words(more) });
    }
    lines.push({ tally: total, isComplete: true, keys: this.#words("(total)") });
    return lines;
  }

  /** Undefined: all keys are shown. */
  #maxRows(): number | undefined {
    if (this.options.maxRows) return this.options.maxRows();
    const height = this.options.height?.() ?? 0;
    return height > 0 ? Math.max(MIN_ROWS, height - OTHER_LINES) : undefined;
  }

  #words(text: string): Uint8Array[] {
    return this.keys.map((_, i) => bytesOf(i === 0 ? text : ""));
  }

  #texts(parts: readonly KeyPart[]): Uint8Array[] {
    return this.keys.map(({ table }, i) => {
      const part = parts[i]!;
      if (!part.hasValue) return bytesOf(NO_VALUE);
      const cell = this.#cell;
      cell.reset();
      table(cell, part);
      return cell.bytes.slice(0, cell.length);
    });
  }

  /** Writes `03:12:05: the last 10.0s, CPUs busy for 2.1s`. */
  #period(out: ByteWriter, { from, to, busyNs }: Period): void {
    const { time, utcOffset } = this.options;
    out.put(this.#label);
    // a difference to the line before means nothing here
    const format = time === "delta" ? undefined : timeFormat(time, utcOffset);
    out.reserve(0);
    format?.write(out, to);
    if (format) out.put(bytesOf(": "));
    out.put(bytesOf("the last "));
    writeShortDuration(out, new Timespec().setTo(to).subtract(from.seconds, from.nanoseconds));
    if (busyNs !== undefined) {
      out.put(bytesOf(", CPUs busy for "));
      writeShortDuration(out, new Timespec().setNs(busyNs));
    }
    out.put(bytesOf("\n"));
  }

  /** @param room the width of the terminal; 0: no limit. */
  #header(out: ByteWriter, { columns, keyWidths }: TableLayout, room: number): void {
    const { hasColor } = this.options;
    if (hasColor) out.put(BOLD);
    out.put(this.#label);
    const headings = columns.map(({ heading, width }) => heading.padStart(width));
    const keys = this.keys.map(({ heading }, i) => heading.padEnd(keyWidths[i]!));
    const text = [...headings, ...keys].join(" ").trimEnd();
    out.put(bytesOf(room > 0 ? text.slice(0, room) : text));
    if (hasColor) out.put(RESET);
    out.put(bytesOf("\n"));
  }

  #line(
    out: ByteWriter,
    { tally, isComplete, keys }: Line,
    { columns, keyWidths }: TableLayout,
    busyNs: number | undefined,
  ): void {
    out.put(this.#label);
    const cell = this.#cell;
    const row = { tally, busyNs };
    columns.forEach(({ width, isAbsent, write }, i) => {
      cell.reset();
      if (!isAbsent?.(row)) write(cell, row);
      if (i === 0 && !isComplete) cell.put(bytesOf(AT_LEAST));
      pad(out, width - cell.length);
      out.put(cell.bytes, 0, cell.length);
      pad(out, 1);
    });
    keys.forEach((text, i) => {
      if (i > 0) pad(out, 1);
      const from = out.length;
      out.put(text);
      truncate(out, from, keyWidths[i]!, this.#ellipsis);
      pad(out, keyWidths[i]! - widthOf(out.bytes.subarray(from, out.length)));
    });
    trimEnd(out);
    out.reserve(0);
    out.byte(LINE_FEED);
  }

  /** Writes how long the processes lived, in the form of BCC's tools. */
  #histogram(out: ByteWriter, { lifetimes }: Tally): void {
    const counts = lifetimes.powersOfTwo().map(({ count }) => count);
    if (counts.length) out.put(bytesOf(`\nLifetimes of all processes:\n${drawHistogram(counts, "usecs", log2Scale)}`));
  }
}

function widthOf(text: Uint8Array): number {
  return columnsOf(text, 0, text.length);
}

function pad(out: ByteWriter, count: number): void {
  out.reserve(Math.max(0, count));
  for (let i = 0; i < count; i++) out.byte(SPACE);
}
