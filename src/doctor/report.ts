import { sanitizeForTerminal } from "../text/sanitize.ts";
import type { State } from "./check.ts";
import type { Result } from "./checks.ts";

const colors: Record<State, string> = { yes: "\x1b[32m", limited: "\x1b[33m", no: "\x1b[31m", unknown: "\x1b[2m" };
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";
const GAP = "  ";
const MAX_TEXT_CHARACTERS = 1000;
/** Narrower terminals break the lines themselves. */
const MIN_WIDTH = 40;

interface ReportOptions {
  hasColor: boolean;
  /** The columns of the terminal. */
  width: number;
}

const bounded = (text: string) => sanitizeForTerminal(text, MAX_TEXT_CHARACTERS);

/** Breaks a text into lines of at most `width` columns; indents all lines but the first. */
function wrap(text: string, width: number, indent = 0): string {
  const lines = Bun.wrapAnsi(text, Math.max(width, MIN_WIDTH) - indent, { hard: true }).split("\n");
  return `${lines.join(`\n${" ".repeat(indent)}`)}\n`;
}

/** Returns true if the last check traced exits, whatever the others found. */
export function passed(results: readonly Result[]): boolean {
  const { state } = results.at(-1)!;
  return state === "yes" || state === "limited";
}

/** Formats the cause and the remedy as sentences. */
function failureText({ found, advice = "see the failed checks below" }: Result): string {
  return bounded(`Cannot trace: ${found}. ${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`);
}

function successText(results: readonly Result[]): string {
  const limits = results.filter(({ state }) => state === "limited").map(({ name }) => name);
  return `OK: exitsnoop can trace on this machine${limits.length ? `, with limits: ${limits.join(", ")}` : ""}.`;
}

/**
 * Formats the report for people: a line for each check. If exits cannot be traced, the cause and
 * the remedy come first, and are not repeated; if they can, the last line says so.
 */
export function reportText(results: readonly Result[], { hasColor, width }: ReportOptions): string {
  const paint = (color: string, text: string) => (hasColor ? `${color}${text}${RESET}` : text);
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  const stateWidth = Math.max(...results.map(({ state }) => state.length));
  const indent = nameWidth + stateWidth + 2 * GAP.length;
  const hasPassed = passed(results);
  const { found: cause, advice: remedy } = results.at(-1)!;
  const said = new Set<string | undefined>(hasPassed ? [] : [cause, remedy]);
  const rows = results.map(({ name, state, found, advice }) => {
    const parts = [found, advice].filter((text) => text !== undefined && !said.has(text));
    for (const text of parts) if (!text!.startsWith("see ")) said.add(text);
    const head = `${name.padEnd(nameWidth)}${GAP}${paint(colors[state], state)}${" ".repeat(stateWidth - state.length)}`;
    return `${head}${GAP}${wrap(bounded(parts.join("; ") || "see above"), width, indent)}`;
  });
  return hasPassed
    ? `${rows.join("")}\n${wrap(paint(BOLD, successText(results)), width)}`
    : `${wrap(paint(BOLD, failureText(results.at(-1)!)), width)}\n${rows.join("")}`;
}

/** Formats the report for programs: one JSON object on one line. */
export function reportJson(results: readonly Result[], version: string): string {
  const entries = results.map(({ key, state, found, advice, facts }) => [
    key,
    { state, found: bounded(found), advice: advice === undefined ? null : bounded(advice), ...facts },
  ]);
  return `${JSON.stringify({ traces: passed(results), version, checks: Object.fromEntries(entries) })}\n`;
}
