/** What it costs to wait where nobody dies: all tools at once, since none disturbs the other. */
import type { Figures } from "./figures.ts";
import { resident, threadTimes } from "./proc.ts";
import type { Tool } from "./tools.ts";

/** Over so many seconds, in which this process starts nothing. */
export async function idle(tools: readonly Tool[], seconds: number, figures: Figures): Promise<void> {
  const children = tools.map(({ command }) =>
    Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }),
  );
  await Bun.sleep(2500);
  const before = children.map(({ pid }) => threadTimes(pid));
  await Bun.sleep(1000 * seconds);
  const after = children.map(({ pid }) => threadTimes(pid));
  // of a thread that ends meanwhile nothing is known
  const used = after.map((threads, i) => {
    const sum = { cpu: 0, sleeps: 0 };
    for (const [tid, { cpu, sleeps }] of threads) {
      sum.cpu += cpu - (before[i]!.get(tid)?.cpu ?? 0);
      sum.sleeps += sleeps - (before[i]!.get(tid)?.sleeps ?? 0);
    }
    return sum;
  });
  for (const [i, { name }] of tools.entries()) {
    figures.add("CPU where nobody dies", "% of a core", name, (100 * used[i]!.cpu) / (seconds * 1e9));
  }
  for (const [i, { name }] of tools.entries()) {
    figures.add("wake-ups where nobody dies", "a second", name, used[i]!.sleeps / seconds);
  }
  for (const [i, { name }] of tools.entries()) {
    figures.add("memory where nobody dies", "MiB", name, resident(children[i]!.pid));
  }
  for (const child of children) child.kill("SIGINT");
  await Promise.race([Promise.all(children.map(({ exited }) => exited)), Bun.sleep(2000)]);
  for (const child of children) child.kill("SIGKILL");
}
