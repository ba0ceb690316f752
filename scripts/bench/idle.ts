/** What it costs to wait where nobody dies: all tools at once, since none disturbs the other. */
import type { Figures } from "./figures.ts";
import { cpuTime, resident, sleeps } from "./proc.ts";
import type { Tool } from "./tools.ts";

/** Over so many seconds, in which this process starts nothing. */
export async function idle(tools: readonly Tool[], seconds: number, figures: Figures): Promise<void> {
  const children = tools.map(({ command }) =>
    Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }),
  );
  await Bun.sleep(2500);
  const before = children.map(({ pid }) => ({ cpu: cpuTime(pid), sleeps: sleeps(pid) }));
  await Bun.sleep(1000 * seconds);
  const after = children.map(({ pid }) => ({ cpu: cpuTime(pid), sleeps: sleeps(pid) }));
  for (const [i, { name }] of tools.entries()) {
    const share = (after[i]!.cpu - before[i]!.cpu) / (seconds * 1e9);
    figures.add("CPU where nobody dies", "% of a core", name, 100 * share);
  }
  for (const [i, { name }] of tools.entries()) {
    figures.add("wake-ups where nobody dies", "a second", name, (after[i]!.sleeps - before[i]!.sleeps) / seconds);
  }
  for (const [i, { name }] of tools.entries()) {
    figures.add("memory where nobody dies", "MiB", name, resident(children[i]!.pid));
  }
  for (const child of children) child.kill("SIGINT");
  await Promise.race([Promise.all(children.map(({ exited }) => exited)), Bun.sleep(2000)]);
  for (const child of children) child.kill("SIGKILL");
}
