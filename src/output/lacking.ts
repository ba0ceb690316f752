/** Columns of exits that may lack their values, as those of a recording do. */
import type { Exit } from "../exit/exit.ts";
import type { Column, ColumnKey } from "./columns.ts";
import type { FormatOptions } from "./format.ts";

type Lacks = Pick<FormatOptions, "lacks">;

/** The columns that tables show instead of others, where those have no value. */
const fallbacks: Partial<Record<string, ColumnKey>> = { exit_code: "signal", user: "uid" };

const never = () => false;

/** Returns a function that says whether an exit lacks the value of a column. */
export function lacking({ lacks }: Lacks, key: ColumnKey): (exit: Exit) => boolean {
  return lacks?.(key) ?? never;
}

/** Like lacking(), for a table: false if there is a value to show instead. */
export function lackingInTable({ lacks }: Lacks, key: ColumnKey): (exit: Exit) => boolean {
  const isLacking = lacks?.(key);
  if (!lacks || !isLacking) return never;
  const fallback = fallbacks[key];
  const lacksFallback = fallback && lacks(fallback);
  return lacksFallback ? (exit) => isLacking(exit) && lacksFallback(exit) : isLacking;
}

/** Returns columns that are absent also where an exit lacks their values. */
export function absentIfLacking(columns: readonly Column[], { lacks }: Lacks): readonly Column[] {
  if (!lacks) return columns;
  return columns.map((column) => {
    const isLacking = lacks(column.key as ColumnKey);
    return { ...column, isAbsent: (exit: Exit) => isLacking(exit) || column.isAbsent?.(exit) === true };
  });
}
