import { counted } from "../../text/counted.ts";
import { markdownCode, withoutCommands } from "./ci-text.ts";
import {
  costsOf,
  countsOf,
  failuresHeading,
  formatBytes,
  formatDuration,
  killedOf,
  nameOf,
  outcomeOf,
  runningName,
  timesOf,
  topOf,
  verdictOf,
} from "./phrases.ts";
import type { ReportData } from "./report-data.ts";
import type { ReportedProcess } from "./reported-process.ts";
import { treeLines } from "./tree.ts";

/** The bounds of the parts of a report, from all that is kept down to the first lines alone. */
const bounds = [1000, 200, 50, 10, 0];

/**
 * A report in GitHub's Markdown. The tree is in a code block, which no line of it can end.
 * @param maxBytes parts are cut until it fits; the heading and the counts come always.
 */
export function reportMarkdown(data: ReportData, maxBytes = Number.POSITIVE_INFINITY): string {
  let text = "";
  for (const max of bounds) {
    text = write(data, max);
    if (Buffer.byteLength(text) <= maxBytes) break;
  }
  return text;
}

function write(data: ReportData, max: number): string {
  const { command, running, runningCount } = data;
  const parts = [
    `### exitsnoop report: ${markdownCode(command)}`,
    `${sentence(verdictOf(data))}  \n${sentence(countsOf(data))}  \n${sentence(costsOf(data))}`,
  ];
  const lines = treeLines(data, max);
  if (lines.length) parts.push(`#### ${failuresHeading(data)}`, ["```text", ...lines, "```"].join("\n"));
  const killed = killedOf(data);
  if (killed.length) {
    const rows = killed.slice(0, max).map(({ process }) => {
      const { status, killer, crash } = process;
      const causes = [killer.replace(/^killed by /, ""), crash].filter(Boolean).map(markdownCode);
      return [markdownCode(nameOf(process)) + timesOf(process), outcomeOf(status), causes.join(": ")];
    });
    parts.push("#### Killed", table(["Process", "Signal", "By"], rows), rest(killed.length - max));
  }
  if (runningCount) {
    const shown = running.slice(0, max).map((process) => `- ${markdownCode(runningName(process))}`);
    parts.push(`#### ${counted(runningCount, "process", "processes")} left running`, shown.join("\n"));
    parts.push(rest(runningCount - shown.length));
  }
  if (max > 0) parts.push(...topParts(topOf(data, max)));
  const text = `${parts.filter(Boolean).join("\n\n")}\n`;
  return text.split("\n").map(withoutCommands).join("\n");
}

const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}.`;
const rest = (count: number) => (count > 0 ? `And ${count} more.` : "");

/** @param rows cells that are Markdown. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (!rows.length) return "";
  return [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function topParts(processes: readonly ReportedProcess[]): string[] {
  const rows = processes.map((process) => {
    const { durationNs, cpuNs, rssBytes } = process;
    return [formatDuration(durationNs), formatDuration(cpuNs), formatBytes(rssBytes), markdownCode(nameOf(process))];
  });
  return rows.length
    ? ["#### Slowest, most CPU time, largest", table(["Lifetime", "CPU", "Memory", "Process"], rows)]
    : [];
}
