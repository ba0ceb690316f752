import { contradiction, UsageError } from "../errors.ts";
import {
  type ColumnKey,
  columnKeys,
  type FormatName,
  isDocument,
  keysOf,
  type Layout,
  peopleColumns,
  timelineColumns,
  type TimeForm,
  tutorialColumns,
  wideColumns,
} from "../output/index.ts";
import type { UserNames } from "../trace/plan.ts";
import type { ParsedOptions } from "./parse.ts";
import type { ColumnItem } from "./values/columns.ts";

/** Columns that are shown by default only with --threads. */
const threadKeys: readonly ColumnKey[] = keysOf(["threads"]);
/**
 * The columns of the table for people that show a key instead of its own column: `-ppid` removes
 * PARENT, `-comm` removes COMMAND.
 */
const peopleKeys: Partial<Record<ColumnKey, ColumnKey>> = { ppid: "parent_comm", comm: "args" };

/** Resolves --format, --json, --csv and --wide. @throws UsageError */
export function resolveFormat({ json, csv, format, columns, wide }: ParsedOptions): FormatName {
  if (columns && wide) throw contradiction("--columns", "--wide");
  if (columns && format === "wide") throw contradiction("--columns", "--format wide");
  if (json && csv) throw contradiction("--json", "--csv");
  const short = json ? "json" : csv ? "csv" : undefined;
  if (short && format && format !== short) throw contradiction(`--${short}`, `--format ${format}`);
  return short ?? format ?? "table";
}

/**
 * Returns how exits are written. The table has a form for people on a terminal.
 * @param isTerminal true if every output is a terminal.
 */
export function layoutOf(format: FormatName, { columns, wide }: ParsedOptions, isTerminal: boolean): Layout {
  if (format === "wide") return "blocks";
  if (format !== "table" || !isTerminal) return format;
  if (wide) return "blocks";
  return columns && !isChange(columns) ? "table" : "people";
}

/** Resolves --columns, --wide and --threads to the columns that are shown. @throws UsageError */
export function resolveColumns(parsed: ParsedOptions, layout: Layout, withThreads: boolean): readonly ColumnKey[] {
  const { columns, wide, label } = parsed;
  const option = columns
    ? "--columns"
    : wide
      ? "--wide"
      : withThreads
        ? "--threads"
        : label === undefined
          ? undefined
          : "--label";
  if (layout === "ecli" && option) {
    throw new UsageError(
      `--format ecli has fixed columns (TIME, PID, PPID, EXIT_CODE, DURATION_NS, COMM), a line a process; leave ${option} out`,
    );
  }
  const isListed = columns && !isChange(columns);
  const shown = isListed ? (columns as readonly ColumnKey[]) : defaultColumns(layout, wide ?? false, withThreads);
  return checked(columns && !isListed ? change(shown, columns as readonly ColumnItem[], layout) : shown, withThreads);
}

/** Returns true for `+args,-ppid`. @throws UsageError for `pid,+args`. */
function isChange(columns: readonly string[]): boolean {
  const changes = columns.filter((item) => /^[+-]/.test(item));
  if (changes.length > 0 && changes.length < columns.length) {
    throw new UsageError(
      `--columns: ${changes[0]} changes the default columns, and ${columns.find((item) => !/^[+-]/.test(item))} replaces them; give a sign to each column or to none`,
    );
  }
  return changes.length > 0;
}

/** @throws UsageError */
function checked(keys: readonly ColumnKey[], withThreads: boolean): readonly ColumnKey[] {
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice) throw new UsageError(`--columns has ${twice} twice; leave one out`);
  if (!withThreads && keys.includes("thread_comm")) {
    throw new UsageError("the column thread_comm needs --threads, where each line is the exit of a thread");
  }
  return keys;
}

function defaultColumns(layout: Layout, isWide: boolean, withThreads: boolean): readonly ColumnKey[] {
  const keys = keysOfLayout(layout, isWide);
  if (!withThreads) return keys.filter((key) => !threadKeys.includes(key));
  // in COMM, which takes the place of COMMAND, tables show the thread's name
  if (layout === "people") return keys.toSpliced(2, 0, "tid").with(-1, "comm");
  return layout === "table" && !isWide ? keys.toSpliced(2, 0, "tid") : keys;
}

function keysOfLayout(layout: Layout, isWide: boolean): readonly ColumnKey[] {
  if (layout === "people") return peopleColumns;
  if (layout === "blocks") return wideColumns;
  if (layout === "ecli") return tutorialColumns;
  if (layout === "table") return isWide ? wideColumns : tutorialColumns;
  if (isDocument(layout) && !isWide) return timelineColumns;
  // the semantic conventions say that arguments should not be collected by default
  if (layout === "otlp" && isWide) return columnKeys.filter((key) => key !== "args" && key !== "args_truncated");
  return isWide ? columnKeys : keysOf(["core", "threads", "killer"]);
}

/** Applies `+args,-ppid`. @throws UsageError if no column is left. */
function change(keys: readonly ColumnKey[], items: readonly ColumnItem[], layout: Layout): readonly ColumnKey[] {
  let shown = [...keys];
  const isTable = layout === "people" || layout === "table";
  for (const item of items) {
    const key = item.slice(1) as ColumnKey;
    if (item.startsWith("-")) {
      const removed = shown.includes(key) ? key : layout === "people" ? peopleKeys[key] : undefined;
      shown = shown.filter((other) => other !== removed);
    } else if (!shown.includes(key)) {
      // the last column of a table takes the rest of the line, unless it was removed
      const hasLast = isTable && shown.at(-1) === keys.at(-1);
      shown.splice(hasLast ? shown.length - 1 : shown.length, 0, key);
    }
  }
  if (shown.length === 0) throw new UsageError("--columns removes every column; leave one");
  return isTable ? shown : columnKeys.filter((key) => shown.includes(key));
}

/** Returns where names of users come from: NSS may ask other machines, so only on request. */
export function userNamesOf(layout: Layout, shown: readonly ColumnKey[], { columns }: ParsedOptions): UserNames {
  if (layout === "json" || layout === "csv" || layout === "otlp" || isDocument(layout)) {
    if (!shown.includes("user")) return "none";
    return columns?.some((item) => /^\+?user$/.test(item)) ? "nss" : "passwd";
  }
  return shown.includes("user") || shown.includes("uid") ? "nss" : "none";
}

/** Resolves --time, --timestamp and --utc. @throws UsageError */
export function resolveTime(parsed: ParsedOptions, layout: Layout): TimeForm {
  const { time, timestamp, utc, columns } = parsed;
  if (time && utc && time !== "utc") throw contradiction(`--time ${time}`, "--utc");
  // --timestamp asks for a time of day, which is what BCC's -t shows, also with --utc
  if (time && timestamp && time !== "local" && time !== "utc") throw contradiction(`--time ${time}`, "--timestamp");
  const form = time ?? (utc ? "utc" : "local");
  const name = time ? `--time ${time}` : utc ? "--utc" : timestamp ? "--timestamp" : undefined;
  if (name && (layout === "json" || layout === "csv" || layout === "ecli" || layout === "otlp" || isDocument(layout))) {
    const times =
      layout === "ecli"
        ? "the local time, as ecli prints it"
        : isDocument(layout)
          ? "the times of all processes"
          : "RFC 3339 times in UTC with nanoseconds";
    throw new UsageError(`${name} shapes the table; --format ${layout} always has ${times}; leave ${name} out`);
  }
  const columnItems: readonly string[] = columns ?? [];
  if (form === "none" && (columnItems.includes("time") || columnItems.includes("+time")))
    throw contradiction("--columns time", "--time none");
  return form;
}
