/** The contents of a report. */
import type { Timespec } from "../../exit/timespec.ts";
import type { Tally } from "../tally.ts";
import type { FlatFailure } from "./flatten.ts";
import type { ProcessKey, ReportedProcess } from "./reported-process.ts";

/** The values of --report-format. */
export const reportFormats = ["text", "markdown", "json", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** A process that still runs. Its texts are safe for a terminal. */
export interface RunningProcess {
  pid: number;
  /** Empty if /proc hides it. */
  name: string;
  /** The arguments as a shell shows them; empty if they are unknown, or the name alone. */
  args: string;
}

/** An event of --fail-on that occurred. */
export interface FoundEvent {
  event: string;
  count: number;
  /** Such as `1 killed by a signal`. */
  text: string;
}

/** The facts that are known at the end of a trace of a COMMAND. */
export interface ReportEnd {
  time: Timespec;
  /** The words of COMMAND as a shell shows them, bounded. */
  command: string;
  /** The wait status of COMMAND; undefined if it still runs. */
  status: number | undefined;
  /** The exit status of exitsnoop. */
  exitStatus: number;
  /** How long COMMAND ran, ns. */
  elapsedNs: number;
  /** The events that --fail-on names, and those of them that occurred. */
  failOn: readonly string[];
  found: readonly FoundEvent[];
  /** The exits that the tracer did not receive. */
  lost: number;
  /** The number of processes that still run, and some of them. */
  runningCount: number;
  running: readonly RunningProcess[];
}

export interface ReportData extends ReportEnd {
  /** COMMAND; undefined if its exit was not received. */
  commandKey: ProcessKey | undefined;
  total: Tally;
  /** The processes that failed, and those above them, in the order of their trees. */
  failures: readonly FlatFailure[];
  /** The failures that are counted in the total, but not among `failures`. */
  leftOut: number;
  slowest: readonly ReportedProcess[];
  mostCpu: readonly ReportedProcess[];
  largest: readonly ReportedProcess[];
}
