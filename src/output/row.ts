import type { Exit } from "../exit/exit.ts";
import { termSignal } from "../record/wait-status.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { columnsOf, endWithin } from "../text/characters.ts";
import type { Writer } from "./columns.ts";

const RED = bytesOf("\x1b[31m");
const YELLOW = bytesOf("\x1b[33m");
const NONE = bytesOf("");
const RESET = bytesOf("\x1b[0m");

/** The last column is not truncated below this width, however narrow the terminal is. */
export const MIN_LAST_WIDTH = 16;

/** A column of a table. All cells have the same members, so that the loop over them is fast. */
export interface Cell {
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
  /** No other column follows in the line, so that the text may take the rest of it. */
  isLast: boolean;
  isAbsent: ((exit: Exit) => boolean) | undefined;
  write: Writer;
}

/**
 * The aligned columns of a line. A value that is too wide pushes the rest of its line to the right,
 * until a column has room. Values are truncated only on a terminal, and only in columns whose
 * values may have any length.
 */
export class Row {
  /** The first column after the cells, with a blank between. */
  readonly end: number;
  /** The headings, without an LF. */
  readonly #header: Uint8Array;

  /**
   * @param ellipsis the sign for truncated text.
   * @param lastHeading the heading of a column after the cells, which the caller writes.
   */
  constructor(
    readonly cells: readonly Cell[],
    hasColor: boolean,
    readonly ellipsis: Uint8Array,
    lastHeading = "",
  ) {
    let line = "";
    for (const { heading, start, end, isRightAligned } of cells) {
      line = line.padEnd(start) + (isRightAligned ? heading.padStart(end - start) : heading);
    }
    const last = cells.at(-1);
    this.end = last ? last.end + 1 : 0;
    if (lastHeading) line = line.padEnd(this.end) + lastHeading;
    this.#header = bytesOf(hasColor ? `\x1b[1m${line}\x1b[0m` : line);
  }

  header(out: ByteWriter): void {
    out.put(this.#header);
  }

  /**
   * Writes the cells of an exit. @param width the terminal's; 0: none.
   * @returns the origin: the start of the line in `out`, plus the bytes that take no column:
   * colours, and the bytes of a character beyond its columns.
   */
  write(out: ByteWriter, exit: Exit, width: number): number {
    let origin = out.length;
    const { cells } = this;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      out.tabTo(cell.start, origin);
      const from = out.length;
      if (cell.isAbsent?.(exit)) {
        // the cell stays empty
      } else if (cell.hasColor) origin += writeColored(out, exit, cell.write);
      else cell.write(out, exit);
      if (cell.isRightAligned) out.alignRight(from, origin + cell.end - from);
      if (cell.canTruncate && width > 0) {
        const room = cell.isLast ? Math.max(MIN_LAST_WIDTH, width - (from - origin)) : cell.end - cell.start;
        truncate(out, from, room, this.ellipsis);
        origin += bytesBeyondColumns(out, from);
      } else if (cell.isText && !cell.isLast) {
        origin += bytesBeyondColumns(out, from);
      }
    }
    return origin;
  }
}

/** Truncates the text from `from` on to that many columns, of which the ellipsis takes some. */
export function truncate(out: ByteWriter, from: number, room: number, ellipsis: Uint8Array): void {
  // no character takes more columns than bytes
  if (out.length - from <= room || endWithin(out.bytes, from, out.length, room) === out.length) return;
  out.length = endWithin(out.bytes, from, out.length, room - columnsOf(ellipsis, 0, ellipsis.length));
  out.put(ellipsis);
}

/**
 * Writes a signal in red, an exit code except 0 in yellow. Returns the bytes of the colours.
 */
export function writeColored(out: ByteWriter, exit: Exit, write: Writer): number {
  const { status } = exit.record;
  const color = termSignal(status) ? RED : status ? YELLOW : NONE;
  out.put(color);
  write(out, exit);
  if (color === NONE) return 0;
  out.put(RESET);
  return color.length + RESET.length;
}

/** Returns how many more bytes than columns were written since `from`. */
function bytesBeyondColumns(out: ByteWriter, from: number): number {
  return out.length - from - columnsOf(out.bytes, from, out.length);
}
