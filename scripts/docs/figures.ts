/** The figures of docs/performance.md and of the prose: all from docs/dev/bench.json. */
import { readFileSync } from "node:fs";
import { wrap } from "../../src/cli/wrap.ts";
import { root } from "../build/run.ts";

/** The results that `npm run bench -- --json docs/dev/bench.json` writes. */
interface Bench {
  machine: string;
  versions: Record<string, string>;
  figures: { figure: string; unit: string; tool: string; median: number }[];
}

const bench = JSON.parse(readFileSync(`${root}docs/dev/bench.json`, "utf8")) as Bench;

const BASELINE = "libbpf-tools exitsnoop";
const CPU_PER_EXIT = "CPU an exit, from then on";
const TOOLS = ["exitsnoop, table", "exitsnoop -j", "exitsnoop -w -j", BASELINE, "bpftrace", "ecli"];

/** The rows of the table: the figure in the bench, its name here, and a factor for the unit. */
const ROWS: readonly [figure: string, label: string, factor: number][] = [
  ["1 exits a second: CPU an exit", "CPU per exit, one a second, µs", 1],
  ["10 exits a second: CPU an exit", "CPU per exit, 10 a second, µs", 1],
  ["the first 80 at 10 exits a second: CPU an exit", "the first 80 of these, µs", 1],
  ["100 exits a second: CPU an exit", "CPU per exit, 100 a second, µs", 1],
  ["1000 exits a second: CPU an exit", "CPU per exit, 1000 a second, µs", 1],
  ["10000 exits a second: CPU an exit", "CPU per exit, 10,000 a second, µs", 1],
  ["on a terminal, 10 exits a second: CPU an exit", "on a terminal, 10 a second, µs", 1],
  ["on a terminal, 100 exits a second: CPU an exit", "on a terminal, 100 a second, µs", 1],
  ["on a terminal, 1000 exits a second: CPU an exit", "on a terminal, 1000 a second, µs", 1],
  [CPU_PER_EXIT, "CPU per exit, at full speed, µs", 1],
  ["CPU an exit, the first 60000", "the first 60,000 of these, µs", 1],
  ["overhead on fork, exit and wait", "added to one fork, exit and wait, µs", 0.001],
  ["time in the BPF programs, an exit", "of that in BPF programs, µs", 0.001],
  ["exec to the first exit seen", "start: exec to the first exit seen, ms", 1],
  ["idle: memory", "memory, idle, MiB", 1],
  ["memory under load", "memory, under load, MiB", 1],
];

/** Returns the median of a figure. @throws Error if the bench did not measure it */
export function median(figure: string, tool: string): number {
  const found = bench.figures.find((one) => one.figure === figure && one.tool === tool);
  if (!found) throw new Error(`docs/dev/bench.json has no "${figure}" of ${tool}`);
  return found.median;
}

/** Formats with two significant digits, and integers above 100 in full. */
function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

export function table(rows: readonly (readonly string[])[]): string {
  const [header, ...rest] = rows.map((row) => `| ${row.join(" | ")} |`);
  return [header, `|${" --- |".repeat(rows[0]!.length)}`, ...rest].join("\n");
}

/**
 * The table of docs/performance.md, or for the README only its rows with these numbers. Rows that
 * the bench did not measure are left out.
 */
export function performanceTable(only?: readonly number[]): string {
  const measured = new Set(bench.figures.map(({ tool }) => tool));
  const tools = TOOLS.filter((tool) => measured.has(tool));
  const cell = (figure: string, tool: string, factor: number) => {
    const found = bench.figures.find((one) => one.figure === figure && one.tool === tool);
    return found ? rounded(found.median * factor) : "";
  };
  const isShown = (figure: string, i: number) =>
    (!only || only.includes(i)) && bench.figures.some((one) => one.figure === figure);
  const rows = ROWS.filter(([figure], i) => isShown(figure, i)).map(([figure, label, factor]) => [
    label,
    ...tools.map((tool) => cell(figure, tool, factor)),
  ]);
  return table([["", ...tools.map((tool) => tool.replace(", table", ""))], ...rows]);
}

/** The width of prose in the documents. */
const PROSE_COLUMNS = 120;

/** The lines under the table: the machine and the versions. */
export function performanceMachine(): string {
  const versions = Object.entries(bench.versions).filter(
    ([name]) => TOOLS.includes(name) && !name.startsWith("exitsnoop"),
  );
  const texts = versions.map(([name, version]) => `${name.replace(" exitsnoop", "")} ${version}`);
  const text = `Medians, measured by \`npm run bench\` on ${bench.machine}, against ${texts.join(", ")}.`;
  return wrap(text, PROSE_COLUMNS).join("\n");
}

/**
 * Figures in sentences: where the pattern matches, its first group must be this number. `npm run
 * docs` corrects them.
 */
const proseFigures: readonly [pattern: RegExp, value: () => string][] = [
  [/\b(\d+) MiB binary/g, () => String(Math.round(median("size", "exitsnoop")))],
  [/\b(\d+) MiB of it (?:is|are) the runtime/g, () => String(Math.round(median("size", "its runtime")))],
  [/\b(\d+) MiB with zstd/g, () => String(Math.round(median("size", "exitsnoop, zstd")))],
  [/\b(\d+) MiB with gzip/g, () => String(Math.round(median("size", "exitsnoop, gzip")))],
  [/\b(\d+) ms to start/g, () => String(Math.round(median("exec to the first exit seen", "exitsnoop, table")))],
  [/\b([\d.]+) µs of CPU per exit/g, () => rounded(median(CPU_PER_EXIT, "exitsnoop, table"))],
  [/\b([\d.]+) µs in the same run/g, () => rounded(median(CPU_PER_EXIT, BASELINE))],
  [
    /in the same run, ([\d.]+) times as much/g,
    () => rounded(median(CPU_PER_EXIT, BASELINE) / median(CPU_PER_EXIT, "exitsnoop, table")),
  ],
];

/** Corrects the figures in the sentences of a document. */
export function correctFigures(document: string): string {
  let corrected = document;
  for (const [pattern, value] of proseFigures) {
    corrected = corrected.replace(pattern, (text, old: string) => text.replace(old, value()));
  }
  return corrected;
}
