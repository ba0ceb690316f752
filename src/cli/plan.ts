import { isOn, type Selection } from "../filter/selection.ts";
import { type ColumnKey, columns, type Group, isDocument, keysOf, type Layout } from "../output/index.ts";
import type { ContainerNameUse, TracePlan } from "../trace/plan.ts";
import { buildInfo } from "./build-info.ts";
import type { Host } from "./host.ts";
import { warnOfIdleRemovals } from "./idle-removals.ts";
import type { CommandLine } from "./parse.ts";
import { resolveCommand, sharedTerminalWarning } from "./plan-child.ts";
import { layoutOf, resolveColumns, resolveFormat, resolveTime, userNamesOf } from "./plan-columns.ts";
import { resolveCrash, warnOfIdleAllSignals } from "./plan-crash.ts";
import { resolveCgroups, resolveSelection } from "./plan-filters.ts";
import { resolveKeep } from "./plan-keep.ts";
import { limitGroups } from "./plan-limit.ts";
import { areTerminals, checkDocument, resolveOutputs } from "./plan-output.ts";
import { resolveSummary } from "./plan-summary.ts";
import { isUtf8Locale, tableHasColor } from "./plan-terminal.ts";

/** Holds 15,400 records of 136 bytes, for a container whose processes all exit at once. */
const RING_BYTES = 2 * 1024 * 1024;
/** Holds 16,300 records with all groups (256 bytes, without text), or 12,000 with short text. */
const LARGE_RING_BYTES = 4 * 1024 * 1024;
/** How long records gather before they are written to a file or a pipe, ms. */
const LATENCY = 250;
/** How long they gather before a person sees them, ms. */
const TERMINAL_LATENCY = 200;
/** How long they gather before they are summed up, ms. */
const SUMMARY_LATENCY = 1000;
/** How long they gather with --count, ms: one of them ends the trace. */
const COUNT_LATENCY = 5;
const largeGroups: readonly Group[] = ["resources", "exec", "cgroup", "namespace", "names", "origin"];

/**
 * Resolves the options to a plan.
 * @throws UsageError if options contradict each other, or name a user or cgroup that cannot exist.
 */
export function planTrace({ parsed, command }: CommandLine, host: Host): TracePlan {
  const outputs = resolveOutputs(parsed, command !== undefined);
  const format = resolveFormat(parsed);
  const summary = resolveSummary(parsed, format);
  const isForPeople = areTerminals(outputs, host) && !summary;
  const layout = summary?.plan.layout ?? layoutOf(format, parsed, isForPeople);
  const withThreads = parsed.threads ?? false;
  if (isDocument(layout)) checkDocument(layout, parsed, outputs, host);
  const listed = summary?.columns ?? resolveColumns(parsed, layout, withThreads);
  const isTable = layout === "table" || layout === "people" || layout === "blocks";
  const showKiller = !summary && hasKillerSentence(parsed, layout, listed);
  const { columns: shown, showCrash } = resolveCrash(parsed, layout, listed);
  const child = resolveCommand(parsed, command, host);
  const groups = [...(summary?.groups ?? groupsOf(shown, showKiller || (child?.failOn.includes("oom") ?? false)))];
  if (showCrash && !groups.includes("crash")) groups.push("crash");
  for (const group of limitGroups(parsed, layout)) if (!groups.includes(group)) groups.push(group);
  const cgroups = resolveCgroups(parsed, host);
  const selection = resolveSelection(parsed, cgroups.choice, host, command !== undefined);
  return {
    format: layout,
    columns: shown,
    summary: summary?.plan,
    limit: parsed.limit,
    redact: parsed.redact,
    groups,
    showKiller,
    showSender: !summary && showsSenderInFull(parsed, layout, shown),
    time: resolveTime(parsed, layout),
    hasHeader: !parsed["no-header"],
    isWide: layout === "table" && (parsed.wide ?? false),
    isUtf8: isUtf8Locale(host.environment),
    label: parsed.label,
    source: layout === "otlp" ? { version: buildInfo.version, ...host.identity?.() } : undefined,
    userNames: summary?.userNames ?? userNamesOf(layout, shown, parsed),
    containerNames: containerNamesOf(parsed, groups, selection),
    hasColor: tableHasColor(parsed, outputs, host) && isTable,
    selection,
    v1Controller: cgroups.controller,
    showCrash,
    crashAllSignals: parsed["all-signals"] ?? false,
    warnings: [
      ...warnOfIdleRemovals(selection),
      ...cgroups.warnings,
      ...warnOfIdleAllSignals(parsed, groups),
      ...sharedTerminalWarning(layout, outputs, child, host),
    ],
    btfFile: parsed.btf,
    withThreads,
    outputs: resolveKeep(parsed, layout, outputs),
    truncates: parsed.truncate ?? false,
    command: child,
    count: parsed.count ?? Number.POSITIVE_INFINITY,
    duration: parsed.for ?? Number.POSITIVE_INFINITY,
    latency: Math.min(
      parsed.latency ?? (isForPeople ? TERMINAL_LATENCY : summary ? SUMMARY_LATENCY : LATENCY),
      parsed.count === undefined ? Number.POSITIVE_INFINITY : COUNT_LATENCY,
    ),
    isFirstAtOnce: isForPeople,
    ringSize:
      parsed["ring-size"] ??
      (parsed.args || groups.some((group) => largeGroups.includes(group)) ? LARGE_RING_BYTES : RING_BYTES),
  };
}

/** Returns true if a line ends with the killer: with the default columns, or changes of them. */
function hasKillerSentence(
  { columns: items, wide }: CommandLine["parsed"],
  layout: Layout,
  shown: readonly ColumnKey[],
): boolean {
  if (layout === "people") return !shown.includes("killed_by");
  const isChanged = items?.some((item) => /^[+-]/.test(item)) ?? false;
  return layout === "table" && !wide && (!items || isChanged) && !shown.includes("killed_by");
}

function containerNamesOf(
  { columns: items }: CommandLine["parsed"],
  groups: readonly Group[],
  { containerNames }: Selection,
): ContainerNameUse {
  if (isOn(containerNames)) return "requested";
  if (!groups.includes("names")) return "none";
  // `origin` has them, too
  const listed = (items ?? []).map((item) => item.replace(/^\+/, ""));
  const hasOrigin = keysOf(["origin"]).every((key) => listed.includes(key));
  return items && !hasOrigin ? "requested" : "optional";
}

/** Returns true if killed_by has all about a sender: with --wide, or where --columns names it. */
function showsSenderInFull(
  { columns: items, wide }: CommandLine["parsed"],
  layout: Layout,
  shown: readonly ColumnKey[],
): boolean {
  if (layout === "blocks") return true;
  if ((layout !== "json" && layout !== "csv" && layout !== "otlp") || !shown.includes("killed_by")) return false;
  return wide === true || (items?.some((item) => /^\+?killed_by$/.test(item)) ?? false);
}

function groupsOf(keys: readonly ColumnKey[], showKiller: boolean): Group[] {
  const groups = new Set<Group>(columns.filter(({ key }) => keys.includes(key)).map(({ group }) => group));
  if (showKiller) groups.add("killer");
  return [...groups];
}
