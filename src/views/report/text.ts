import { counted } from "../../text/counted.ts";
import { withoutCommands } from "./ci-text.ts";
import {
  costsOf,
  countsOf,
  failuresHeading,
  formatBytes,
  formatDuration,
  killedOf,
  nameOf,
  runningName,
  sentenceOf,
  topOf,
  verdictOf,
} from "./phrases.ts";
import type { ReportData } from "./report-data.ts";
import type { ReportedProcess } from "./reported-process.ts";
import { treeLines } from "./tree.ts";

/** Lines of a section; a report is read, not searched. */
const MAX_LINES = 200;
const MAX_KILLED = 50;
/** The most rows for each of the slowest, the most expensive and the largest. */
const MAX_ROWS = 5;
const WIDTH = 9;

/** A report for people. */
export function reportText(data: ReportData): string {
  const { command, failures, running, runningCount } = data;
  const lines = [`Report: ${command} ${verdictOf(data)}`, `  ${countsOf(data)}`, `  ${costsOf(data)}`];
  if (failures.length || data.leftOut) {
    lines.push("", failuresHeading(data), ...treeLines(data, MAX_LINES).map((line) => `  ${line}`));
  }
  // the tree shows who killed what, unless it is cut
  const killed = failures.length > MAX_LINES ? killedOf(data) : [];
  if (killed.length) {
    lines.push("", "Killed");
    for (const failure of killed.slice(0, MAX_KILLED)) lines.push(`  - ${sentenceOf(failure)}`);
    if (killed.length > MAX_KILLED) lines.push(`  - and ${killed.length - MAX_KILLED} more`);
  }
  if (runningCount) {
    lines.push("", `${counted(runningCount, "process", "processes")} left running`);
    for (const process of running) lines.push(`  - ${runningName(process)}`);
    if (runningCount > running.length) lines.push(`  - and ${runningCount - running.length} more`);
  }
  lines.push(...topLines(topOf(data, MAX_ROWS)));
  return `${lines.map(withoutCommands).join("\n")}\n`;
}

function topLines(processes: readonly ReportedProcess[]): string[] {
  if (!processes.length) return [];
  const heading = ["LIFETIME", "CPU", "MEMORY"].map((word) => word.padStart(WIDTH)).join(" ");
  const rows = processes.map((process) => {
    const { durationNs, cpuNs, rssBytes } = process;
    const cells = [formatDuration(durationNs), formatDuration(cpuNs), formatBytes(rssBytes)];
    return `${cells.map((cell) => cell.padStart(WIDTH)).join(" ")}  ${nameOf(process)}`;
  });
  return ["", "Slowest, most CPU time, largest", `${heading}  PROCESS`, ...rows];
}
