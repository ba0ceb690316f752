import { bytesOf } from "../text/byte-writer.ts";
import { columnsOf } from "../text/characters.ts";
import { escapeText, writePlain } from "../text/escape.ts";
import { type Column, type ColumnKey, pick, writeKiller, type Writer } from "./columns.ts";
import type { FormatOptions } from "./format.ts";
import { absentIfLacking, lackingInTable } from "./lacking.ts";
import type { Cell } from "./row.ts";
import type { TimeFormat } from "./time.ts";

const LABEL = "LABEL";

/**
 * Lays out columns from left to right. @param time the form of TIME; undefined: it is left out.
 * @param hasTail true if the caller writes another column after them.
 */
export function createCells(
  columns: readonly Column[],
  time: TimeFormat | undefined,
  options: FormatOptions,
  hasTail = false,
): Cell[] {
  const cells: Cell[] = [];
  let start = 0;
  const add = (width: number, cell: Omit<Cell, "start" | "end">) => {
    cells.push({ ...cell, start, end: start + width });
    start += width + 1;
  };
  if (options.label !== undefined) {
    const text = bytesOf(escapeText(options.label, writePlain));
    add(Math.max(LABEL.length, columnsOf(text, 0, text.length)), {
      ...plainCell,
      heading: LABEL,
      write: (out) => out.put(text),
    });
  }
  for (const [i, column] of absentIfLacking(columns, options).entries()) {
    const isTime = column.key === "time";
    if (isTime && !time) continue;
    add(isTime ? time!.width : column.width, {
      heading: column.heading,
      isRightAligned: column.isRightAligned ?? false,
      hasColor: options.hasColor && column.key === "exit_code",
      isText: column.isText ?? false,
      canTruncate: column.canTruncate ?? false,
      isLast: !hasTail && i === columns.length - 1,
      isAbsent: column.hasTableFallback ? fallbackIsAbsent(column, options) : column.isAbsent,
      write: isTime ? timeWriter(time!) : cellWriter(column, options),
    });
  }
  return cells;
}

/** Returns whether a cell that shows something else for an absent value has nothing to show. */
function fallbackIsAbsent({ key }: Column, options: FormatOptions): Cell["isAbsent"] {
  return options.lacks && lackingInTable(options, key as ColumnKey);
}

const plainCell = {
  isRightAligned: false,
  hasColor: false,
  isText: true,
  canTruncate: false,
  isLast: false,
  isAbsent: undefined,
};

function timeWriter({ write, isSinceBoot }: TimeFormat): Writer {
  return (out, exit) => write(out, isSinceBoot ? exit.exitTimeSinceBoot : exit.exitTime);
}

function cellWriter(column: Column, { withThreads, isWide }: FormatOptions): Writer {
  if (isWide && column.key === "killed_by") return writeKiller;
  const shown = withThreads && column.key === "comm" ? pick(["thread_comm"])[0]! : column;
  return shown.table ?? shown.write;
}
