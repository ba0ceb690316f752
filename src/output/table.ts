import type { Exit } from "../exit/exit.ts";
import { termSignal } from "../record/wait-status.ts";
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { columnsOf, endWithin } from "../text/characters.ts";
import { type Column, pick, writeKiller, type Writer } from "./columns.ts";
import { type Format, type FormatOptions } from "./format.ts";
import { timeFormat } from "./time.ts";

const BOLD = bytesOf("\x1b[1m");
const RED = bytesOf("\x1b[31m");
const YELLOW = bytesOf("\x1b[33m");
const NONE = bytesOf("");
const RESET = bytesOf("\x1b[0m");
const ELLIPSIS = bytesOf("…");

/** The last column is not truncated below this width, however narrow the terminal is. */
const MIN_LAST_WIDTH = 16;

/** A column in the table. All cells have the same members, so that the loop over them is fast. */
interface Cell {
  heading: string;
  /** The first column of the line that belongs to the cell. */
  start: number;
  /** The column after the last one. */
  end: number;
  isRightAligned: boolean;
  /** The cell is EXIT_CODE, which has a colour. */
  hasColor: boolean;
  isText: boolean;
  canTruncate: boolean;
  isLast: boolean;
  isAbsent: Column["isAbsent"];
  write: Writer;
}

/**
 * Aligned columns. A value that is too wide pushes the rest of its line to the right, until a
 * column has room. Values are truncated only on a terminal, and only in columns whose
 * values may have any length.
 */
export class Table implements Format {
  #cells: Cell[] = [];
  /** The width of the terminal; 0: none. */
  #width = 0;

  constructor(readonly options: FormatOptions) {
    const time = timeFormat(options.time, options.utcOffset);
    const writeTime = (out: ByteWriter, exit: Exit) =>
      time!.write(out, time!.isSinceBoot ? exit.exitTimeSinceBoot : exit.exitTime);
    let start = 0;
    const columns = pick(options.columns);
    for (const column of columns) {
      const isTime = column.key === "time";
      const isExitCode = column.key === "exit_code";
      if (isTime && !time) continue;
      const end = start + (isTime ? time!.width : column.width);
      this.#cells.push({
        heading: column.heading,
        start,
        end,
        isRightAligned: column.isRightAligned ?? false,
        hasColor: options.hasColor && isExitCode,
        isText: column.isText ?? false,
        canTruncate: column.canTruncate ?? false,
        isLast: column === columns.at(-1),
        // EXIT_CODE shows the signal if there is no code
        isAbsent: isExitCode ? undefined : column.isAbsent,
        write: isTime ? writeTime : (column.table ?? column.write),
      });
      start = end + 1;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(0);
    let line = "";
    for (const { heading, start, end, isRightAligned } of this.#cells) {
      line = line.padEnd(start) + (isRightAligned ? heading.padStart(end - start) : heading);
    }
    if (this.options.hasColor) out.put(BOLD);
    out.put(bytesOf(line));
    if (this.options.hasColor) out.put(RESET);
    out.byte(LINE_FEED);
  }

  begin(): void {
    this.#width = this.options.width();
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    // the start of the line, plus the bytes that take no column: colours, and the bytes of a
    // character beyond its columns
    let origin = out.length;
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      out.tabTo(cell.start, origin);
      const from = out.length;
      if (cell.hasColor) origin += this.#writeColored(out, exit, cell);
      else if (!cell.isAbsent?.(exit)) cell.write(out, exit);
      if (cell.isRightAligned) out.alignRight(from, origin + cell.end - from);
      if (cell.canTruncate && this.#width > 0) origin += this.#truncate(out, from, origin, cell);
      else if (cell.isText && !cell.isLast) origin += bytesBeyondColumns(out, from);
    }
    if (this.options.showKiller && exit.hasKiller) {
      out.byte(SPACE);
      writeKiller(out, exit);
    }
    out.byte(LINE_FEED);
  }

  /**
   * Truncates the value from `from` on to its column, or the last one to the terminal. Returns the
   * bytes that take no column.
   */
  #truncate(out: ByteWriter, from: number, origin: number, cell: Cell): number {
    const room = cell.isLast ? Math.max(MIN_LAST_WIDTH, this.#width - (from - origin)) : cell.end - cell.start;
    if (columnsOf(out.bytes, from, out.length) > room) {
      out.length = endWithin(out.bytes, from, out.length, room - 1);
      out.put(ELLIPSIS);
    }
    return bytesBeyondColumns(out, from);
  }

  /** Writes a signal in red, an exit code except 0 in yellow. Returns the bytes of the colours. */
  #writeColored(out: ByteWriter, exit: Exit, { write }: Cell): number {
    const { status } = exit.record;
    const color = termSignal(status) ? RED : status ? YELLOW : NONE;
    out.put(color);
    write(out, exit);
    if (color === NONE) return 0;
    out.put(RESET);
    return color.length + RESET.length;
  }
}

/** Returns how many more bytes than columns were written since `from`. */
function bytesBeyondColumns(out: ByteWriter, from: number): number {
  return out.length - from - columnsOf(out.bytes, from, out.length);
}
