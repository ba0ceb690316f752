/** The cost of waiting while no process exits. All tools run at once. */
import type { Figures } from "./figures.ts";
import { endAll, resident, threadTimes, usedBetween } from "./proc.ts";
import type { Tool } from "./tools.ts";

/** Until then, threads of compilers end, and pages that only the start needed are released. */
const SETTLED_MS = 34_000;

/** Measures for `seconds`. This process starts no other one meanwhile, as tools would trace it. */
export async function idle(tools: readonly Tool[], seconds: number, figures: Figures): Promise<void> {
  const children = tools.map(({ command }) =>
    Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }),
  );
  await Bun.sleep(SETTLED_MS);
  const before = children.map(({ pid }) => threadTimes(pid));
  await Bun.sleep(1000 * seconds);
  const used = children.map(({ pid }, i) => usedBetween(before[i]!, threadTimes(pid)));
  const add = (figure: string, unit: string, value: (i: number) => number) => {
    for (const [i, { name }] of tools.entries()) figures.add(figure, unit, name, value(i));
  };
  add("idle: CPU", "% of a core", (i) => (100 * used[i]!.cpu) / (seconds * 1e9));
  add("idle: wake-ups", "a second", (i) => used[i]!.sleeps / seconds);
  add("idle: memory", "MiB", (i) => resident(children[i]!.pid));
  await endAll(children);
}
