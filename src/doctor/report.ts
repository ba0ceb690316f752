import { sanitizeForTerminal } from "../text/sanitize.ts";
import type { State } from "./check.ts";
import type { Result } from "./checks.ts";

const colors: Record<State, string> = { yes: "\x1b[32m", limited: "\x1b[33m", no: "\x1b[31m", unknown: "\x1b[2m" };
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";
const GAP = "  ";
const MAX_LINE_CHARACTERS = 1000;

const bounded = (text: string) => sanitizeForTerminal(text, MAX_LINE_CHARACTERS);

/** Returns true if the last check traced exits, whatever the others found. */
export function passed(results: readonly Result[]): boolean {
  const { state } = results.at(-1)!;
  return state === "yes" || state === "limited";
}

/** Returns the verdict, and the remedy if exits cannot be traced. */
function verdict(results: readonly Result[]): { text: string; advice?: string } {
  const { found, advice } = results.at(-1)!;
  if (!passed(results))
    return { text: `exitsnoop cannot trace here: ${found}`, advice: advice ?? "see the failed checks below" };
  const limits = results.filter(({ state }) => state === "limited").map(({ name }) => name);
  return { text: `exitsnoop traces here${limits.length ? `, with limits: ${limits.join(", ")}` : ""}` };
}

/** Formats the report for people: the verdict, then a line for each check. */
export function reportText(results: readonly Result[], hasColor: boolean): string {
  const paint = (color: string, text: string) => (hasColor ? `${color}${text}${RESET}` : text);
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  const stateWidth = Math.max(...results.map(({ state }) => state.length));
  const { text, advice: first } = verdict(results);
  const shown = new Set<string | undefined>([first]);
  const lines = results.map(({ name, state, found, advice }) => {
    const remedy = shown.has(advice) ? "see above" : advice;
    shown.add(advice);
    const rest = bounded(advice ? `${found}; ${remedy}` : found);
    const padding = " ".repeat(stateWidth - state.length);
    return `${name.padEnd(nameWidth)}${GAP}${paint(colors[state], state)}${padding}${GAP}${rest}\n`;
  });
  const head = `${paint(BOLD, bounded(text))}\n${first ? `${bounded(`What to do: ${first}`)}\n` : ""}`;
  return `${head}\n${lines.join("")}`;
}

/** Formats the report for programs: one JSON object on one line. */
export function reportJson(results: readonly Result[], version: string): string {
  const entries = results.map(({ key, state, found, advice, facts }) => [
    key,
    { state, found: bounded(found), advice: advice === undefined ? null : bounded(advice), ...facts },
  ]);
  return `${JSON.stringify({ traces: passed(results), version, checks: Object.fromEntries(entries) })}\n`;
}
