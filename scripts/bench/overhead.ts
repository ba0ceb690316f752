/** What those who die pay: CPU time by their own rusage, and nanoseconds in the BPF programs by the kernel's own count. */
import { readFileSync, writeFileSync } from "node:fs";
import { run } from "../build/run.ts";
import type { Figures } from "./figures.ts";
import { programRuns } from "./proc.ts";
import { load, LOAD_CPU, Running } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

const CONSUMER_CPU = 0;
/** Short, as a machine's pace changes from second to second: what is compared must be close together. */
const SLICE = 2500;
const WARM_UP = 3000;
const statsSwitch = "/proc/sys/kernel/bpf_stats_enabled";

/** CPU time of one fork, exit and wait, ns. */
async function forkLoop(count: number): Promise<number> {
  return Number(await run(["taskset", "-c", `${LOAD_CPU}`, load, "forks", `${count}`]));
}

/**
 * Some slices: the loop on one CPU, each tool in turn on another; before and after each the same loop with nobody looking, from whose mean
 * the surcharge is reckoned. Wall time would hide it: a loop can even get faster where the other CPU no longer sleeps.
 */
export async function surcharges(tools: readonly Tool[], slices: number, figures: Figures): Promise<void> {
  for (let slice = 0; slice < slices; slice++) {
    for (const tool of tools) {
      const before = await forkLoop(SLICE);
      const running = await Running.start(tool);
      await running.pin(CONSUMER_CPU);
      await running.burst(WARM_UP);
      const traced = await forkLoop(SLICE);
      await running.end();
      const after = await forkLoop(SLICE);
      figures.add("CPU of fork, exit and wait", "ns", "nobody looks", (before + after) / 2);
      figures.add("CPU of fork, exit and wait", "ns", tool.name, traced);
      figures.add("surcharge on fork, exit and wait", "ns", tool.name, traced - (before + after) / 2);
    }
  }
}

/** One round: ns inside a tool's programs for an exit, with what the counting costs, some 30 ns. */
export async function insidePrograms(tools: readonly Tool[], count: number, figures: Figures): Promise<void> {
  const was = readFileSync(statsSwitch, "utf8");
  writeFileSync(statsSwitch, "1");
  try {
    for (const tool of tools) {
      const running = await Running.start(tool);
      await running.pin(CONSUMER_CPU);
      const before = programRuns(running.pid);
      await run(["taskset", "-c", `${LOAD_CPU}`, load, "bursts", `${count}`]);
      const after = programRuns(running.pid);
      await running.end();
      figures.add("inside the BPF programs, an exit", "ns", tool.name, (after.ns - before.ns) / count);
    }
  } finally {
    writeFileSync(statsSwitch, was);
  }
}
