import { escapeMessage, escapeProperty, withoutCommands } from "./ci-text.ts";
import { fateOf, killedOf, nameOf, runningName, timesOf } from "./phrases.ts";
import type { ReportData } from "./report-data.ts";

/** GitHub shows ten errors and ten warnings of a step. */
const MAX_EACH = 10;

/**
 * Returns workflow commands that annotate a step of GitHub Actions, a line each: an error for what
 * was killed, a warning for what is left running, and for what failed and was swallowed.
 */
export function annotations(data: ReportData): string {
  const killed = killedOf(data);
  const errors = killed.map((failure) => ({
    title: "Killed",
    message: `${nameOf(failure.process)}: ${fateOf(failure)}${timesOf(failure.process)}`,
  }));
  const warnings = [
    ...data.running.map((process) => ({ title: "Left running", message: runningName(process) })),
    ...data.failures
      .filter((failure) => failure.isSwallowed && !killed.includes(failure))
      .map((failure) => ({
        title: "Failed and swallowed",
        message: `${nameOf(failure.process)}: ${fateOf(failure)}${timesOf(failure.process)}`,
      })),
  ];
  return [
    ...errors.slice(0, MAX_EACH).map(lineOf("error")),
    ...warnings.slice(0, MAX_EACH).map(lineOf("warning")),
  ].join("");
}

const lineOf =
  (level: string) =>
  ({ title, message }: { title: string; message: string }) =>
    `::${level} title=${escapeProperty(`exitsnoop: ${title}`)}::${escapeMessage(withoutCommands(message))}\n`;
