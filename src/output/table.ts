import type { Exit } from "../exit/exit.ts";
import { termSignal } from "../record/status.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, pick, type Writer, writeSentence } from "./columns.ts";
import { type Format, LINE_FEED, type Look, SPACE } from "./format.ts";
import { timeWriter } from "./time.ts";
import { columnsOf, endWithin } from "./width.ts";

const BOLD = bytesOf("\x1b[1m");
const RED = bytesOf("\x1b[31m");
const YELLOW = bytesOf("\x1b[33m");
const NONE = bytesOf("");
const RESET = bytesOf("\x1b[0m");
const ELLIPSIS = bytesOf("…");

/** What a column that is cut at the terminal's edge keeps at least. */
const LEAST_WIDTH = 16;

interface Cell {
  heading: string;
  /** Where it begins and ends in the line. */
  start: number;
  end: number;
  isRight: boolean;
  isVerdict: boolean;
  isText: boolean;
  isElastic: boolean;
  isLast: boolean;
  absent: Column["absent"];
  write: Writer;
}

/**
 * For people: aligned columns. A value that is too wide pushes the rest of its line, which falls back into place as soon
 * as a column leaves room. Only on a terminal are values cut, and only those that may be of any length.
 */
export class Table implements Format {
  #cells: Cell[] = [];
  #width = 0;

  constructor(readonly look: Look) {
    const time = timeWriter(look.time, look.utcOffset);
    const writeTime = (out: ByteWriter, exit: Exit) =>
      time!.write(out, time!.isSinceBoot ? exit.diedSinceBoot : exit.died);
    let start = 0;
    const columns = pick(look.columns);
    for (const column of columns) {
      const isTime = column.key === "time";
      const isVerdict = column.key === "exit_code";
      if (isTime && !time) continue;
      const end = start + (isTime ? time!.width : column.width);
      this.#cells.push({
        heading: column.heading,
        start,
        end,
        isRight: column.right ?? false,
        isVerdict: look.color && isVerdict,
        isText: column.isText ?? false,
        isElastic: column.elastic ?? false,
        isLast: column === columns.at(-1),
        // the verdict has the signal instead
        absent: isVerdict ? undefined : column.absent,
        write: isTime ? writeTime : (column.table ?? column.write),
      });
      start = end + 1;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(0);
    let line = "";
    for (const { heading, start, end, isRight } of this.#cells) {
      line = line.padEnd(start) + (isRight ? heading.padStart(end - start) : heading);
    }
    if (this.look.color) out.put(BOLD);
    out.put(bytesOf(line));
    if (this.look.color) out.put(RESET);
    out.byte(LINE_FEED);
  }

  begin(): void {
    this.#width = this.look.width();
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    // where the line began, plus all bytes that take no column: colours, and the bytes of a
    // character beyond its columns
    let origin = out.length;
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      out.tabTo(cell.start, origin);
      const from = out.length;
      if (cell.isVerdict) origin += this.#paint(out, exit, cell);
      else if (!cell.absent?.(exit)) cell.write(out, exit);
      if (cell.isRight) out.alignRight(from, origin + cell.end - from);
      if (cell.isElastic && this.#width > 0) origin += this.#cut(out, from, origin, cell);
      else if (cell.isText && !cell.isLast) origin += bytesBeyondWidth(out, from);
    }
    if (this.look.sentence && exit.hasKiller) {
      out.byte(SPACE);
      writeSentence(out, exit);
    }
    out.byte(LINE_FEED);
  }

  /** Cuts what was written since `from` to its column, or, in the last one, to the terminal. Returns the bytes that take no room. */
  #cut(out: ByteWriter, from: number, origin: number, cell: Cell): number {
    const room = cell.isLast ? Math.max(LEAST_WIDTH, this.#width - (from - origin)) : cell.end - cell.start;
    if (columnsOf(out.bytes, from, out.length) > room) {
      out.length = endWithin(out.bytes, from, out.length, room - 1);
      out.put(ELLIPSIS);
    }
    return bytesBeyondWidth(out, from);
  }

  /** What failed stands out: killed in red, a code other than 0 in yellow. Returns the bytes that take no room. */
  #paint(out: ByteWriter, exit: Exit, { write }: Cell): number {
    const { status } = exit.record;
    const shade = termSignal(status) ? RED : status ? YELLOW : NONE;
    out.put(shade);
    write(out, exit);
    if (shade === NONE) return 0;
    out.put(RESET);
    return shade.length + RESET.length;
  }
}

/** Returns how many more bytes than columns were written since `from`. */
function bytesBeyondWidth(out: ByteWriter, from: number): number {
  return out.length - from - columnsOf(out.bytes, from, out.length);
}
