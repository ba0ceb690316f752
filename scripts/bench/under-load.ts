/** The cost of an exit to each tool under load: CPU of all its threads, memory, drops. */
import type { Figures } from "./figures.ts";
import { cpuTime, resident } from "./proc.ts";
import { linesOf, RunningTool } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

/** The first burst includes the cost of starting, for exitsnoop that of compiling its loops. */
const FIRST = 60_000;

/**
 * Measures one round: a first burst, a burst that is not counted, and one of `steady` exits. The
 * rate is even, 40,000 to 80,000 exits a second, since each process waits for the one before.
 */
export async function underLoad(tool: Tool, steady: number, figures: Figures): Promise<void> {
  const running = await RunningTool.start(tool);
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
  const closing = /^\d+ exits?\b.*, (\d+) lost$/m.exec(await running.stderr());
  // the drops of a tool that does not count them are the exits without a line
  const lost = closing ? Number(closing[1]) : Math.max(0, total - linesOf(parents));
  figures.add(`lost, of ${total}`, "exits", tool.name, lost);
}

/** Measures memory after the first and the last million of exits at full speed, and the drops. */
export async function longRun(tool: Tool, millions: number, figures: Figures): Promise<void> {
  const running = await RunningTool.start(tool);
  for (let i = 1; i <= millions; i++) {
    await running.burst(1_000_000);
    if (i === 1 || i === millions) {
      figures.add(`memory after ${i} million exits`, "MiB", tool.name, resident(running.pid));
    }
  }
  await running.end();
  const lost = Number(/, (\d+) lost$/m.exec(await running.stderr())?.[1] ?? Number.NaN);
  figures.add(`lost, of ${millions} million`, "exits", tool.name, lost);
}
