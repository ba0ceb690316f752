import type { Exit } from "../enrich/exit.ts";
import { termSignal } from "../record/status.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, pick, tutorialColumns } from "./columns.ts";
import { type Format, LINE_BYTES, LINE_FEED, writePlainValue } from "./format.ts";
import { type TimeForm, type TimeWriter, timeWriter } from "./time.ts";

const RED = bytesOf("\x1b[31m");
const YELLOW = bytesOf("\x1b[33m");
const RESET = bytesOf("\x1b[0m");

interface Cell {
  column: Column;
  /** Where it begins in the line. */
  offset: number;
  width: number;
}

/** Never called: a table without times has no time column. */
const noTime: TimeWriter = () => {};

/**
 * For people: aligned columns. A value that is too wide pushes the rest of its line, which falls back into place as soon
 * as a column leaves room: no value is ever cut.
 */
export class Table implements Format {
  #cells: Cell[] = [];
  #writeTime: TimeWriter;

  constructor(
    form: TimeForm,
    readonly color: boolean,
  ) {
    const time = timeWriter(form);
    this.#writeTime = time?.write ?? noTime;
    let offset = 0;
    for (const column of pick(tutorialColumns)) {
      if (column.type === "time" && !time) continue;
      const width = column.type === "time" ? time!.width : column.width;
      this.#cells.push({ column, offset, width });
      offset += width + 1;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(LINE_BYTES);
    let line = "";
    for (const { column, offset, width } of this.#cells) {
      line = line.padEnd(offset) + (column.right ? column.heading.padStart(width) : column.heading);
    }
    out.put(bytesOf(this.color ? `\x1b[1m${line}\x1b[0m\n` : `${line}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    // where the line began, moved on by the colours, which take no room
    let start = out.length;
    for (const { column, offset, width } of this.#cells) {
      out.tabTo(offset, start);
      const from = out.length;
      const paint = this.color && column.key === "exit_code" ? shade(exit.record.status) : undefined;
      if (paint) out.put(paint);
      if (column.table) column.table(out, exit);
      else writePlainValue(out, column, exit, this.#writeTime);
      if (paint) {
        out.put(RESET);
        start += paint.length + RESET.length;
      }
      if (column.right) out.alignRight(from, offset + width - (from - start));
    }
    out.byte(LINE_FEED);
  }
}

/** What failed stands out: killed in red, a code other than 0 in yellow. */
function shade(status: number): Uint8Array | undefined {
  if (termSignal(status)) return RED;
  return status === 0 ? undefined : YELLOW;
}
