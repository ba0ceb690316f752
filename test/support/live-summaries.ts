/** Summaries of the real tracer. */
import type { TraceResult } from "./tracer.ts";

/** A row of `--summary --json`, with the keys that every row has. */
export interface SummaryRow {
  event: "summary";
  time: string;
  from: string;
  row: "key" | "other" | "total";
  complete: boolean;
  exits: number;
  failed: number;
  killed: number;
  oom_killed: number;
  cpu_user_ns: number;
  cpu_system_ns: number;
  cpu_unknown: number;
  cpu_share: number | null;
  busy_ns: number | null;
  max_rss_bytes: number | null;
  duration_median_ns: number | null;
  duration_p99_ns: number | null;
  duration_max_ns: number | null;
  [key: string]: unknown;
}

/** Parses the summaries in JSON, each with its rows; the total is the last. */
export function parseSummaries({ stdout }: Pick<TraceResult, "stdout">): SummaryRow[][] {
  const summaries: SummaryRow[][] = [];
  let rows: SummaryRow[] = [];
  for (const line of stdout.trimEnd().split("\n")) {
    const row = JSON.parse(line) as SummaryRow;
    if (row.event !== "summary") continue;
    rows.push(row);
    if (row.row !== "total") continue;
    summaries.push(rows);
    rows = [];
  }
  return summaries;
}
