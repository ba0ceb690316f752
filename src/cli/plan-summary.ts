import { contradiction, UsageError } from "../errors.ts";
import { type ColumnKey, columns, type FormatName, type Group, isDocument } from "../output/index.ts";
import type { SummaryPlan, UserNames } from "../trace/plan.ts";
import { pickKeys } from "../views/keys.ts";
import type { SummaryLayout } from "../views/summary-data.ts";
import type { ParsedOptions } from "./parse.ts";

/** How a summary is written, and the data that it needs from the recorder. */
interface ResolvedSummary {
  plan: SummaryPlan;
  columns: readonly ColumnKey[];
  groups: readonly Group[];
  userNames: UserNames;
}

/** The groups that the sums need, whatever the keys are. */
const GROUPS: readonly Group[] = ["core", "killer", "resources"];

/** Resolves --summary, --by and --interval; undefined without --summary. @throws UsageError */
export function resolveSummary(parsed: ParsedOptions, format: FormatName): ResolvedSummary | undefined {
  const { summary, by = ["comm"], sort = "exits", interval = Number.POSITIVE_INFINITY, wide } = parsed;
  if (!summary) {
    if (parsed.by) throw new UsageError("--by needs --summary: exitsnoop --summary --by comm,code");
    if (parsed.sort) throw new UsageError("--sort needs --summary: exitsnoop --summary --sort cpu");
    if (parsed.interval) throw new UsageError("--interval needs --summary: exitsnoop --summary --interval 10s");
    return undefined;
  }
  if (parsed.columns) throw contradiction("--columns", "--summary");
  if (parsed.threads) throw new UsageError("--summary sums up processes; leave --threads out");
  if (format === "ecli" || isDocument(format))
    throw new UsageError(`--summary has the formats table, json and csv; leave --format ${format} out`);
  const twice = by.find((name, i) => by.indexOf(name) !== i);
  if (twice) throw new UsageError(`--by has ${twice} twice; leave one out`);
  const keys = pickKeys(by);
  const needed = keys.flatMap((key) => key.columns);
  const groups = columns.filter(({ key }) => needed.includes(key)).map(({ group }) => group);
  return {
    plan: {
      layout: layoutOf(format),
      by,
      interval,
      isWide: wide === true || format === "wide",
      sort,
      screen: undefined,
    },
    columns: needed,
    groups: [...new Set([...GROUPS, ...groups, ...keys.flatMap((key) => key.groups ?? [])])],
    userNames: by.includes("user") ? "nss" : "none",
  };
}

function layoutOf(format: FormatName): SummaryLayout {
  return format === "json" || format === "csv" ? format : "table";
}
