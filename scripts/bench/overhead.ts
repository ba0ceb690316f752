/** The overhead on traced processes: their CPU time by rusage, and the time in the BPF programs. */
import { run } from "../build/run.ts";
import type { Figures } from "./figures.ts";
import { programRuns, withProgramStats } from "./proc.ts";
import { load, LOAD_CPU, RunningTool } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

const CONSUMER_CPU = 0;
/** Short slices, because the speed of a machine changes from second to second. */
const SLICE = 2500;
const WARM_UP = 3000;

/** Returns the CPU time of one fork, exit and wait in ns. */
async function forkLoop(count: number): Promise<number> {
  return Number(await run(["taskset", "-c", `${LOAD_CPU}`, load, "forks", `${count}`]));
}

/**
 * Measures some slices of a fork loop on one CPU with each tool in turn on another. The overhead is
 * the difference to the mean of an untraced slice before and one after. Wall time would not do:
 * a loop can even get faster when the other CPU does not sleep.
 */
export async function overhead(tools: readonly Tool[], slices: number, figures: Figures): Promise<void> {
  for (let slice = 0; slice < slices; slice++) {
    for (const tool of tools) {
      const before = await forkLoop(SLICE);
      const running = await RunningTool.start(tool);
      await running.pin(CONSUMER_CPU);
      await running.burst(WARM_UP);
      const traced = await forkLoop(SLICE);
      await running.end();
      const untraced = (before + (await forkLoop(SLICE))) / 2;
      figures.add("CPU of fork, exit and wait", "ns", "untraced", untraced);
      figures.add("CPU of fork, exit and wait", "ns", tool.name, traced);
      figures.add("overhead on fork, exit and wait", "ns", tool.name, traced - untraced);
    }
  }
}

/**
 * Measures one round: the time in a tool's programs for an exit, ns. It includes the cost of the
 * kernel's own measurement (kernel.bpf_stats_enabled).
 */
export async function timeInPrograms(tools: readonly Tool[], count: number, figures: Figures): Promise<void> {
  await withProgramStats(async () => {
    for (const tool of tools) {
      const running = await RunningTool.start(tool);
      await running.pin(CONSUMER_CPU);
      const before = programRuns(running.pid);
      await run(["taskset", "-c", `${LOAD_CPU}`, load, "bursts", `${count}`]);
      const after = programRuns(running.pid);
      await running.end();
      figures.add("time in the BPF programs, an exit", "ns", tool.name, (after.ns - before.ns) / count);
    }
  });
}
