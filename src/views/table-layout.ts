import { MIN_LAST_WIDTH } from "../output/row.ts";
import type { Tally } from "./tally.ts";
import { type TableColumn, tableColumns } from "./values.ts";

/** A terminal shows fewer values if a key would be cut to less than this. */
const MAX_NEEDED_WIDTH = 32;

/** The columns of a table, and the widths of its keys. */
export interface TableLayout {
  columns: readonly TableColumn[];
  keyWidths: readonly number[];
}

/**
 * Lays out a table for a terminal: it loses values that do not fit beside the keys, and its keys
 * are as wide as their values where there is room.
 * @param natural the width of the widest value of each key. @param width the room; 0: no limit.
 */
export function layOut(total: Tally, natural: readonly number[], width: number): TableLayout {
  if (width === 0) return { columns: tableColumns, keyWidths: natural };
  const keyWidths = natural.map((each) => Math.min(each, MAX_NEEDED_WIDTH));
  const room = width - sumOf(keyWidths) - (keyWidths.length - 1);
  const columns = columnsFor(total, room);
  let left = room - roomOf(columns);
  for (let i = keyWidths.length - 1; i >= 0 && left > 0; i--) {
    const added = Math.min(left, natural[i]! - keyWidths[i]!);
    keyWidths[i]! += added;
    left -= added;
  }
  // the columns that always stay, and the other keys, take too much
  if (left < 0) keyWidths.push(Math.max(MIN_LAST_WIDTH, keyWidths.pop()! + left));
  return { columns, keyWidths };
}

/** Returns the columns that fit into the room, and those that always stay. */
function columnsFor(total: Tally, room: number): readonly TableColumn[] {
  let columns = [...tableColumns];
  const weightOf = ({ dispensable, hasZerosOnly }: TableColumn) =>
    hasZerosOnly?.(total) ? Number.POSITIVE_INFINITY : dispensable;
  while (roomOf(columns) > room) {
    const weights = columns.map(weightOf);
    const most = Math.max(...weights);
    if (most === 0) break;
    columns = columns.filter((_, i) => i !== weights.lastIndexOf(most));
  }
  return columns;
}

/** Returns the width of columns with a blank after each. */
const roomOf = (columns: readonly TableColumn[]) => sumOf(columns.map(({ width }) => width + 1));
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
