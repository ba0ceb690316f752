/**
 * The cost of an exit at the rates that servers have. All tools run at once on the same exits, so
 * that they share whatever else happens on the machine, with output to files or to terminals.
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { run } from "../build/run.ts";
import type { Figures } from "./figures.ts";
import { endAll, threadTimes, usedBetween } from "./proc.ts";
import { load, output } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

/**
 * Exits a second, and the seconds for which each rate is measured: at low rates, long enough that
 * the threads of the engine's compilers, which end after ten idle seconds, are a small part.
 */
const RATES: readonly [rate: number, seconds: number][] = [
  [1, 30],
  [10, 30],
  [100, 10],
  [1000, 4],
  [10_000, 2],
];
const TERMINAL_RATES = RATES.filter(([rate]) => rate >= 10 && rate <= 1000);
const TERMINAL = { cols: 120, rows: 40 };
/** The rate whose first exits are a figure of their own, and their number. */
const COLD_RATE = 10;
const COLD_EXITS = 80;
/** The number of exits after which a tool is warm. */
const WARM_UP = 5000;
const ATTACH_MS = 1500;
/** Longer than exits gather before they are printed. */
const PRINT_MS = 600;

/** A tool that prints to a file. @param i keeps its file apart from others'. */
function startToFile({ command }: Tool, i: number): Bun.Subprocess {
  const out = openSync(`${output}.${i}`, "w");
  const child = Bun.spawn(command, { stdin: "ignore", stdout: out, stderr: "ignore" });
  closeSync(out);
  return child;
}

/** A tool that prints to a terminal of its own, whose text is read at once. */
function startOnTerminal({ command }: Tool): Bun.Subprocess {
  return Bun.spawn(command, { terminal: { ...TERMINAL, data() {} } });
}

/** Measures every rate for all tools. @param scale a factor for the time that each rate takes. */
export async function rates(tools: readonly Tool[], scale: number, figures: Figures): Promise<void> {
  for (const [rate, seconds] of RATES) {
    const children = tools.map(startToFile);
    await oneRate(tools, children, rate, Math.ceil(rate * seconds * scale), "", figures);
    for (const i of tools.keys()) rmSync(`${output}.${i}`, { force: true });
  }
}

/** Measures the rates at which exits can be read on a terminal. */
export async function ratesOnTerminals(tools: readonly Tool[], scale: number, figures: Figures): Promise<void> {
  for (const [rate, seconds] of TERMINAL_RATES) {
    const children = tools.map(startOnTerminal);
    await oneRate(tools, children, rate, Math.ceil(rate * seconds * scale), "on a terminal, ", figures);
    for (const { terminal } of children) terminal?.close();
  }
}

/** Measures one rate, and ends the tools. @param prefix begins the names of the figures. */
async function oneRate(
  tools: readonly Tool[],
  children: readonly Bun.Subprocess[],
  rate: number,
  count: number,
  prefix: string,
  figures: Figures,
): Promise<void> {
  await Bun.sleep(ATTACH_MS);
  const measure = async (label: string, exits: number) => {
    const before = children.map(({ pid }) => threadTimes(pid));
    const start = performance.now();
    await run([load, "ticks", `${1e6 / rate}`, `${exits}`]);
    await Bun.sleep(PRINT_MS);
    const took = (performance.now() - start) / 1000;
    for (const [i, { name }] of tools.entries()) {
      const { cpu, sleeps } = usedBetween(before[i]!, threadTimes(children[i]!.pid));
      figures.add(`${prefix}${label}: CPU an exit`, "µs", name, cpu / exits / 1000);
      figures.add(`${prefix}${label}: wake-ups`, "a second", name, sleeps / took);
    }
  };
  if (rate === COLD_RATE) await measure(`the first ${COLD_EXITS} at ${rate} exits a second`, COLD_EXITS);
  await run([load, "bursts", `${WARM_UP}`]);
  await Bun.sleep(PRINT_MS);
  await measure(`${rate} exits a second`, count);
  await endAll(children);
}
