import { counted } from "../../text/counted.ts";
import { sentenceOf } from "./phrases.ts";
import type { ReportData } from "./report-data.ts";

/** Deeper processes are not indented further. */
const MAX_DEPTH = 16;
const INDENT = "  ";

/**
 * Returns the lines of the failures as a tree. Each begins with a sign of its own, so that none is
 * a command of a CI system or ends a code block, whatever a process is called.
 */
export function treeLines({ failures, leftOut }: ReportData, max: number): string[] {
  const lines = failures
    .slice(0, max)
    .map((failure) => `${INDENT.repeat(Math.min(failure.depth, MAX_DEPTH))}- ${sentenceOf(failure)}`);
  if (failures.length > max) lines.push(`- and ${counted(failures.length - max, "more line")}`);
  if (leftOut) lines.push(`- and ${counted(leftOut, "failure")} that found no room`);
  return lines;
}
