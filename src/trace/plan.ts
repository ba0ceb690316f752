import type { Selection } from "../filter/selection.ts";
import type { ColumnKey, Group, Layout, Source, TimeForm } from "../output/index.ts";
import type { Keep, SegmentSuffix } from "../system/segments.ts";
import type { SummaryKeyName } from "../views/keys.ts";
import type { SummaryOrder } from "../views/order.ts";
import type { ReportFormat } from "../views/report/report-data.ts";
import type { SummaryLayout } from "../views/summary-data.ts";
import type { FailOnEvent } from "./fail-on.ts";

/** The source of users' names: none is needed, /etc/passwd, or all sources of NSS. */
export type UserNames = "none" | "passwd" | "nss";

/** The use of containers' names: none, or if they are known (--wide), or the user names them. */
export type ContainerNameUse = "none" | "optional" | "requested";

/** Everything that the options decide about a trace. */
export interface TracePlan {
  format: Layout;
  /** The columns that are shown, or whose data a summary needs. */
  columns: readonly ColumnKey[];
  /** Undefined: exits are printed, not their sums. */
  summary: SummaryPlan | undefined;
  /** How many exits of a kind are printed in a second (--limit); undefined: all. */
  limit?: number | undefined;
  /** Regular expressions for what is replaced in arguments; undefined: nothing is. */
  redact?: readonly string[] | undefined;
  /** The report of exitsnoop report; undefined: exits are printed. */
  report?: ReportPlan;
  /** A BTF file of the running kernel, if the user named one. */
  btfFile: string | undefined;
  /** The groups of record fields that the columns need. */
  groups: readonly Group[];
  /** True if a line of the table ends with the process that sent the fatal signal. */
  showKiller: boolean;
  /** True if the sender of the fatal signal is shown in full. */
  showSender: boolean;
  /** True for the table of --wide. */
  isWide: boolean;
  /** False: the terminal's locale has no UTF-8. */
  isUtf8: boolean;
  /** The text of --label, which each line has. */
  label: string | undefined;
  /** The program and the machine, which otlp names. */
  source?: Source | undefined;
  userNames: UserNames;
  containerNames: ContainerNameUse;
  time: TimeForm;
  hasHeader: boolean;
  hasColor: boolean;
  selection: Selection;
  /** A V1Controller: the v1 hierarchy whose cgroup paths are shown. */
  v1Controller: number;
  /** True if the table for people shows where a process crashed, after its killer. */
  showCrash: boolean;
  /** True if crash sites are collected for every fatal signal. */
  crashAllSignals: boolean;
  /** Warnings for the user, printed before the trace begins. */
  warnings: readonly string[];
  /** True if the exit of every thread is reported, not only that of the process. */
  withThreads: boolean;
  /** The outputs, at least one. Each gets all events. */
  outputs: readonly Destination[];
  /** True if the files of --output are emptied first. */
  truncates: boolean;
  command: CommandPlan | undefined;
  /** The number of exits after which the trace ends. */
  count: number;
  /** The time after which the trace ends, ms. */
  duration: number;
  /** Bytes. */
  ringSize: number;
  /** How long records gather before they are printed, ms. */
  latency: number;
  /** True if an exit after a quiet time is printed at once, as on a terminal. */
  isFirstAtOnce: boolean;
}

/** The summary of --summary, or of exitsnoop top. */
export interface SummaryPlan {
  layout: SummaryLayout;
  by: readonly SummaryKeyName[];
  /** The time after which a summary is written and another begins, ms; infinity: none. */
  interval: number;
  /** True if distributions of lifetimes are written. */
  isWide: boolean;
  sort: SummaryOrder;
  /** The keys that a screen offers; undefined: summaries follow each other. */
  screen: { choices: readonly SummaryKeyName[] } | undefined;
}

/** The report of exitsnoop report. */
export interface ReportPlan {
  format: ReportFormat;
  /** The file to which GitHub Actions lets a step append Markdown. */
  stepSummary: string | undefined;
  /** True if commands for GitHub Actions are printed on standard output. */
  annotates: boolean;
}

/** The place that events are written to: named by --output, or an inherited descriptor. */
export type Destination = { file: string; isFifo?: boolean } | { fd: number } | SegmentDestination;

/** A directory in which exits are kept, and the oldest removed. */
export interface SegmentDestination {
  directory: string;
  suffix: SegmentSuffix;
  keep: Keep;
}

/** The child command of `exitsnoop -- COMMAND`. */
export interface CommandPlan {
  words: readonly string[];
  /** The user that it runs as; undefined: the tracer's own user. */
  user: string | undefined;
  /** True if the trace goes on until the last descendant has exited. */
  waitsForAll: boolean;
  /** How long it goes on for them after the command has ended, ms; the default is no limit. */
  grace?: number;
  /** The events that make the exit status 3. */
  failOn: readonly FailOnEvent[];
}
