/** What each tool needs for an exit while many die: CPU of all its threads, memory, and what it lost. */
import type { Figures } from "./figures.ts";
import { cpuTime, resident } from "./proc.ts";
import { linesOf, Running } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

/** A first burst includes whatever a tool does once: for ours, compiling its loops. */
const FIRST = 60_000;

/**
 * One round: a first burst, then another of `steady` exits after as many that are not counted. Some 40-80,000 exits a second, an even
 * rate, since each waits for the one before.
 */
export async function underLoad(tool: Tool, steady: number, figures: Figures): Promise<void> {
  const running = await Running.start(tool);
  const { pid } = running;
  const parents: string[] = [];
  const cost = async (count: number) => {
    const before = cpuTime(pid);
    parents.push(await running.burst(count));
    return (cpuTime(pid) - before) / count / 1000;
  };
  figures.add(`CPU an exit, the first ${FIRST}`, "µs", tool.name, await cost(FIRST));
  await cost(FIRST);
  figures.add("CPU an exit, from then on", "µs", tool.name, await cost(steady));
  figures.add("memory under load", "MiB", tool.name, resident(pid));
  await running.end();
  const total = 2 * FIRST + steady;
  const closing = /^\d+ exits, (\d+) lost$/m.exec(await running.said());
  // who does not count losses himself is counted by his lines
  const lost = closing ? Number(closing[1]) : Math.max(0, total - linesOf(parents));
  figures.add(`lost, of ${total}`, "exits", tool.name, lost);
}

/** Memory again after millions, and whether any was lost: our table, to a file, at full speed. */
export async function longRun(tool: Tool, millions: number, figures: Figures): Promise<void> {
  const running = await Running.start(tool);
  for (let i = 1; i <= millions; i++) {
    await running.burst(1_000_000);
    if (i === 1 || i === millions) {
      figures.add(`memory after ${i} million exits`, "MiB", tool.name, resident(running.pid));
    }
  }
  await running.end();
  const lost = Number(/, (\d+) lost$/m.exec(await running.said())?.[1] ?? Number.NaN);
  figures.add(`lost, of ${millions} million`, "exits", tool.name, lost);
}
