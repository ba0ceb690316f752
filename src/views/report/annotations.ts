import { escapeMessage, escapeProperty, withoutCommands } from "./ci-text.ts";
import { killedOf, runningName, sentenceOf } from "./phrases.ts";
import type { ReportData } from "./report-data.ts";

/** GitHub shows ten errors and ten warnings of a step. */
const MAX_EACH = 10;

/**
 * Returns workflow commands that annotate a step of GitHub Actions, a line each: an error for what
 * was killed, a warning for what is left running, and for what failed and was swallowed.
 */
export function annotations(data: ReportData): string {
  const killed = killedOf(data);
  const swallowed = data.failures.filter((failure) => failure.isSwallowed && !killed.includes(failure));
  const errors = killed.map((failure) => annotation("error", "Killed", sentenceOf(failure)));
  const warnings = [
    ...data.running.map((process) => annotation("warning", "Left running", runningName(process))),
    ...swallowed.map((failure) => annotation("warning", "Failed and swallowed", sentenceOf(failure))),
  ];
  return [...errors.slice(0, MAX_EACH), ...warnings.slice(0, MAX_EACH)].join("");
}

function annotation(level: string, title: string, message: string): string {
  return `::${level} title=${escapeProperty(`exitsnoop: ${title}`)}::${escapeMessage(withoutCommands(message))}\n`;
}
