import { sanitizeForTerminal } from "../output/sanitize.ts";
import type { State } from "./check.ts";
import type { Result } from "./checks.ts";

const colors: Record<State, string> = { yes: "\x1b[32m", limited: "\x1b[33m", no: "\x1b[31m", unknown: "\x1b[2m" };
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";
const GAP = "  ";
/** Characters of a line. */
const LONGEST = 1000;

/** What counts: whether exits are traced. */
export function isWell(results: readonly Result[]): boolean {
  const { state } = results.at(-1)!;
  return state === "yes" || state === "limited";
}

/** What is to be said first, and what to do. */
function verdict(results: readonly Result[]): string[] {
  const { found, advice } = results.at(-1)!;
  if (!isWell(results)) return [`exitsnoop cannot trace here: ${found}`, advice ?? "look at what is not well below"];
  const limits = results.filter(({ state }) => state === "limited");
  return [`exitsnoop traces here${limits.length ? `, with limits: ${limits.map(({ name }) => name).join(", ")}` : ""}`];
}

/** For people: the verdict first, then a line for each check. */
export function reportText(results: readonly Result[], hasColor: boolean): string {
  const paint = (color: string, text: string) => (hasColor ? `${color}${text}${RESET}` : text);
  const names = Math.max(...results.map(({ name }) => name.length));
  const states = Math.max(...results.map(({ state }) => state.length));
  const [first, ...rest] = verdict(results);
  // the same advice is not read twice
  const given = new Set(rest);
  const lines = results.map(({ name, state, found, advice }) => {
    const isNew = advice !== undefined && !given.has(advice);
    if (isNew) given.add(advice);
    const text = sanitizeForTerminal(advice ? `${found}; ${isNew ? advice : "see above"}` : found, LONGEST);
    return `${name.padEnd(names)}${GAP}${paint(colors[state], state)}${" ".repeat(states - state.length)}${GAP}${text}\n`;
  });
  const head = [
    paint(BOLD, sanitizeForTerminal(first!, LONGEST)),
    ...rest.map((advice) => sanitizeForTerminal(`What to do: ${advice}`, LONGEST)),
  ];
  return `${head.join("\n")}\n\n${lines.join("")}`;
}

/** For machines: one object, on one line. */
export function reportJson(results: readonly Result[], version: string): string {
  const entries = results.map(({ key, state, found, advice, facts }) => [
    key,
    {
      state,
      found: sanitizeForTerminal(found, LONGEST),
      advice: advice === undefined ? null : sanitizeForTerminal(advice, LONGEST),
      ...facts,
    },
  ]);
  return `${JSON.stringify({ traces: isWell(results), version, checks: Object.fromEntries(entries) })}\n`;
}
