import type { Exit } from "../enrich/exit.ts";
import { termSignal } from "../record/status.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { pick, tutorialColumns, type Writer } from "./columns.ts";
import { type Format, LINE_BYTES, LINE_FEED } from "./format.ts";
import { type TimeForm, timeWriter, type UtcOffset } from "./time.ts";

const BOLD = bytesOf("\x1b[1m");
const RED = bytesOf("\x1b[31m");
const YELLOW = bytesOf("\x1b[33m");
const NONE = bytesOf("");
const RESET = bytesOf("\x1b[0m");

interface Cell {
  heading: string;
  /** Where it begins and ends in the line. */
  start: number;
  end: number;
  isRight: boolean;
  isVerdict: boolean;
  write: Writer;
}

/**
 * For people: aligned columns. A value that is too wide pushes the rest of its line, which falls back into place as soon
 * as a column leaves room: no value is ever cut.
 */
export class Table implements Format {
  #cells: Cell[] = [];

  constructor(
    form: TimeForm,
    readonly color: boolean,
    utcOffset?: UtcOffset,
  ) {
    const time = timeWriter(form, utcOffset);
    let start = 0;
    for (const column of pick(tutorialColumns)) {
      const isTime = column.key === "time";
      if (isTime && !time) continue;
      const end = start + (isTime ? time!.width : column.width);
      const write: Writer = isTime ? (out, { died }) => time!.write(out, died) : (column.table ?? column.write);
      const isVerdict = color && column.key === "exit_code";
      this.#cells.push({ heading: column.heading, start, end, isRight: column.right ?? false, isVerdict, write });
      start = end + 1;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(LINE_BYTES);
    let line = "";
    for (const { heading, start, end, isRight } of this.#cells) {
      line = line.padEnd(start) + (isRight ? heading.padStart(end - start) : heading);
    }
    if (this.color) out.put(BOLD);
    out.put(bytesOf(line));
    if (this.color) out.put(RESET);
    out.byte(LINE_FEED);
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    // where the line began, moved on by the colours, which take no room
    let origin = out.length;
    for (const cell of this.#cells) {
      out.tabTo(cell.start, origin);
      const from = out.length;
      if (cell.isVerdict) origin += this.#paint(out, exit, cell);
      else cell.write(out, exit);
      if (cell.isRight) out.alignRight(from, origin + cell.end - from);
    }
    out.byte(LINE_FEED);
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
