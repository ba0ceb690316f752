import { UsageError } from "../errors.ts";
import {
  type ColumnKey,
  columns,
  type FormatName,
  keysOf,
  type TimeForm,
  tutorialColumns,
  wideColumns,
} from "../output/index.ts";
import type { ParsedOptions } from "./parse.ts";

const contradiction = (first: string, second: string) =>
  new UsageError(`${first} and ${second} contradict each other; leave one out`);

/** Resolves --format and --json. @throws UsageError */
export function resolveFormat({ json, format }: ParsedOptions): FormatName {
  if (json && format && format !== "json") throw contradiction("--json", `--format ${format}`);
  return json ? "json" : (format ?? "table");
}

/** Resolves --columns, --wide and --threads to the columns that are shown. @throws UsageError */
export function resolveColumns(parsed: ParsedOptions, format: FormatName, withThreads: boolean): readonly ColumnKey[] {
  if (parsed.columns && parsed.wide) throw contradiction("--columns", "--wide");
  const option = parsed.columns ? "--columns" : parsed.wide ? "--wide" : withThreads ? "--threads" : undefined;
  if (format === "ecli" && option) {
    throw new UsageError(`--format ecli always has the tutorial's columns, a line a process; leave ${option} out`);
  }
  if (parsed.columns) {
    const requested = parsed.columns as readonly ColumnKey[];
    const twice = requested.find((key, i) => requested.indexOf(key) !== i);
    if (twice) throw new UsageError(`--columns has ${twice} twice; leave one out`);
    return requested;
  }
  const keys = defaultColumns(format, parsed.wide ?? false);
  return withThreads ? keys : keys.filter((key) => key !== "tid");
}

function defaultColumns(format: FormatName, isWide: boolean): readonly ColumnKey[] {
  if (format === "ecli") return tutorialColumns;
  if (format === "table") return isWide ? wideColumns : tutorialColumns.toSpliced(2, 0, "tid");
  return isWide ? columns.map(({ key }) => key) : keysOf(["core", "threads", "killer"]);
}

/** Resolves --time, --timestamp and --utc. @throws UsageError */
export function resolveTime(parsed: ParsedOptions, format: FormatName): TimeForm {
  const requested: [string, TimeForm][] = [];
  if (parsed.time) requested.push([`--time ${parsed.time}`, parsed.time]);
  if (parsed.timestamp) requested.push(["--timestamp", "local"]);
  if (parsed.utc) requested.push(["--utc", "utc"]);
  const [first, ...others] = requested;
  if (!first) return "local";
  const [name, form] = first;
  const other = others.find(([, otherForm]) => otherForm !== form);
  if (other) throw contradiction(name, other[0]);
  if (format !== "table") {
    const times = format === "ecli" ? "the local time, as ecli prints it" : "RFC 3339 times in UTC with nanoseconds";
    throw new UsageError(`${name} shapes the table; --format ${format} always has ${times}; leave ${name} out`);
  }
  const columnKeys: readonly string[] = parsed.columns ?? [];
  if (form === "none" && columnKeys.includes("time")) throw contradiction("--columns time", "--time none");
  return form;
}
