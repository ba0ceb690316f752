import { contradiction } from "../errors.ts";
import type { ColumnKey, Group, Layout } from "../output/index.ts";
import type { ParsedOptions } from "./parse.ts";

/** Whether crash sites are collected and shown. */
interface CrashPlan {
  /** The columns, without `crash` if crash sites are not collected. */
  columns: readonly ColumnKey[];
  /** True if the table for people shows the crash site in a phrase, as no column has it. */
  showCrash: boolean;
}

/** Resolves --no-crash and --all-signals. @throws UsageError */
export function resolveCrash(parsed: ParsedOptions, layout: Layout, columns: readonly ColumnKey[]): CrashPlan {
  const items: readonly string[] = parsed.columns ?? [];
  if (!parsed["no-crash"]) {
    return { columns, showCrash: layout === "people" && !columns.includes("crash") };
  }
  if (parsed["all-signals"]) throw contradiction("--all-signals", "--no-crash");
  if (items.includes("crash") || items.includes("+crash")) throw contradiction("--columns crash", "--no-crash");
  return { columns: columns.filter((key) => key !== "crash"), showCrash: false };
}

/** Returns a warning if --all-signals changes nothing. */
export function warnOfIdleAllSignals(parsed: ParsedOptions, groups: readonly Group[]): string[] {
  if (!parsed["all-signals"] || groups.includes("crash")) return [];
  return ["--all-signals changes nothing without the column crash: add --wide or --columns +crash"];
}
