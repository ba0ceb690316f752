/** The words that the texts of a report share. */
import { Timespec } from "../../exit/timespec.ts";
import { rfc3339 } from "../../output/time.ts";
import { writeBytes, writeShortDuration } from "../../output/units.ts";
import { signalName } from "../../record/signal-names.ts";
import { coreDumped, exitCode, termSignal } from "../../record/wait-status.ts";
import { ByteWriter } from "../../text/byte-writer.ts";
import { counted } from "../../text/counted.ts";
import { countSwallowed, type FlatFailure } from "./flatten.ts";
import type { ReportData, RunningProcess } from "./report-data.ts";
import type { ReportedProcess } from "./reported-process.ts";

const out = new ByteWriter();

function textOf(write: (out: ByteWriter) => void): string {
  out.reset();
  out.reserve(0);
  write(out);
  return out.toString();
}

/** Formats `0`, `5.2ms`, `3m12s`. */
export function formatDuration(ns: number): string {
  if (ns === 0) return "0";
  return textOf((to) => writeShortDuration(to, new Timespec().setNs(ns)));
}

/** Formats `512`, `1.5M`. */
export function formatBytes(bytes: number): string {
  return textOf((to) => writeBytes(to, Math.floor(bytes / 0x1_0000_0000), bytes % 0x1_0000_0000));
}

const writeTime = rfc3339();

/** Formats a time as in JSON: UTC with nine decimals. */
export function formatTime(time: Timespec): string {
  return textOf((to) => writeTime(to, time));
}

/** Formats whole nanoseconds, which a number may not hold. */
export function formatNanoseconds(time: Timespec): string {
  return textOf((to) => to.nanoseconds(time));
}

/** Returns `exit 3`, `SIGSEGV (core dumped)`. */
export function outcomeOf(status: number): string {
  const signal = termSignal(status);
  if (signal === 0) return `exit ${exitCode(status)}`;
  return `${signalName(signal)}${coreDumped(status) ? " (core dumped)" : ""}`;
}

/** Returns `exit 3, swallowed`, `SIGKILL, killed by bash[4242]`, without the process. */
export function fateOf({ process, isSwallowed }: FlatFailure): string {
  const { status, killer, crash } = process;
  const parts = [outcomeOf(status), killer, crash && `crashed: ${crash}`, isSwallowed && "swallowed"];
  return parts.filter(Boolean).join(", ");
}

export function nameOf({ command, pid }: ReportedProcess): string {
  return `${command} [${pid}]`;
}

/** Returns `make [42]: exit 2, swallowed (37 times)`. */
export function sentenceOf(failure: FlatFailure): string {
  return `${nameOf(failure.process)}: ${fateOf(failure)}${timesOf(failure.process)}`;
}

export function runningName({ pid, name, args }: RunningProcess): string {
  return `${name ? `${name}[${pid}]` : `process ${pid}`}${args ? ` (${args})` : ""}`;
}

/** Returns ` (37 times)` for a process that stands for others. */
export function timesOf({ count }: ReportedProcess): string {
  return count > 1 ? ` (${count} times)` : "";
}

/** Returns how COMMAND ended, and why the exit status of exitsnoop is another one. */
export function verdictOf({ status, elapsedNs, found, exitStatus }: ReportData): string {
  const time = formatDuration(elapsedNs);
  const end = status === undefined ? `still runs after ${time}` : `ended after ${time} with ${outcomeOf(status)}`;
  if (!found.length) return end;
  return `${end}; --fail-on found ${found.map(({ text }) => text).join(", ")}: exit status ${exitStatus}`;
}

/** Returns `41 exits, 2 failed, 1 killed, 0 lost`. */
export function countsOf({ total, lost }: ReportData): string {
  const { exits, failed, killed, oomKilled } = total;
  const oom = oomKilled ? ` (${oomKilled} by the OOM killer)` : "";
  return `${counted(exits, "exit")}, ${failed} failed, ${killed} killed${oom}, ${lost} lost`;
}

/** Returns `CPU 3.1s user and 0.4s system, largest process 85M`. */
export function costsOf({ total }: ReportData): string {
  const { cpuUser, cpuSystem, cpuUnknown, maxRss } = total;
  const [user, system] = [cpuUser, cpuSystem].map(({ ns }) => formatDuration(ns));
  const unknown = cpuUnknown ? ` (unknown of ${cpuUnknown})` : "";
  return `CPU time ${user} user and ${system} system${unknown}, largest process ${formatBytes(maxRss)}`;
}

/** Returns `3 failed or killed, 2 swallowed: a process above ended with 0`. */
export function failuresHeading(data: ReportData): string {
  const { failed, killed } = data.total;
  const swallowed = countSwallowed(data.failures);
  const all = `${failed + killed} failed or killed`;
  if (!swallowed) return all;
  return `${all},${data.leftOut ? " at least" : ""} ${swallowed} swallowed: a process above ended with 0`;
}

/** Returns the slowest, the most expensive and the largest processes, the slowest first. */
export function topOf({ slowest, mostCpu, largest }: ReportData, maxEach: number): ReportedProcess[] {
  const top = new Set([slowest, mostCpu, largest].flatMap((processes) => processes.slice(0, maxEach)));
  return [...top].toSorted((a, b) => b.durationNs - a.durationNs);
}

/** Returns the processes that a signal killed. */
export function killedOf({ failures }: ReportData): FlatFailure[] {
  return failures.filter(({ process }) => termSignal(process.status) !== 0);
}
