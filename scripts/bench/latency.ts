/** How soon: from exec to the first death that is seen, and from a death to its line. */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import type { Figures } from "./figures.ts";
import { load, output } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

const NS_PER_MS = 1e6;

/** `pid ns` a line, in the order of their deaths. */
function deathsOf(text: string): { pid: string; at: number }[] {
  const lines = text.matchAll(/^(\d+) (\d+)$/gm);
  return Array.from(lines, ([, pid, at]) => ({ pid: pid!, at: Number(at) }));
}

/**
 * ms from exec to the first death that a tool sees, on a machine where one process dies every 250 µs and nothing else happens: which
 * it was, its output says, whenever that is written.
 */
export async function firstDeath(tool: Tool, figures: Figures): Promise<void> {
  rmSync(`${output}.said`, { force: true });
  const out = openSync(output, "w");
  const child = Bun.spawn([load, "ticks", "250", "1200", ...tool.command], {
    stdin: "ignore",
    stdout: out,
    stderr: Bun.file(`${output}.said`),
  });
  closeSync(out);
  await child.exited;
  const seen = new Set(readFileSync(output, "latin1").match(/\d+/g));
  const deaths = deathsOf(readFileSync(`${output}.said`, "latin1"));
  // a number may happen to be a pid's; not ten in a row
  const first = deaths.findIndex((_, i) => deaths.slice(i, i + 10).every(({ pid }) => seen.has(pid)));
  const took = first < 0 ? Number.NaN : deaths[first]!.at / NS_PER_MS;
  figures.add("exec to the first death seen", "ms", tool.name, took);
}

/** ms from a death to the arrival of its line, where few die: the median of some. */
export async function lineLatency(tool: Tool, deaths: number, figures: Figures): Promise<void> {
  const child = Bun.spawn(tool.live, { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  let text = "";
  const arrivals: { end: number; at: number }[] = [];
  const decoder = new TextDecoder("latin1");
  const read = (async () => {
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk);
      arrivals.push({ end: text.length, at: performance.timeOrigin + performance.now() });
    }
  })();
  await Bun.sleep(1000);
  const ticks = Bun.spawn([load, "ticks", "150000", `${deaths}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const died = deathsOf(await ticks.stderr.text());
  await Bun.sleep(300);
  child.kill("SIGINT");
  await Promise.race([child.exited, Bun.sleep(2000)]);
  child.kill("SIGKILL");
  await read;
  for (const { pid, at } of died) {
    const place = new RegExp(`\\b${pid}\\b`).exec(text)?.index;
    const arrival = arrivals.find(({ end }) => place !== undefined && place < end);
    if (arrival) figures.add("death to line, where few die", "ms", tool.name, arrival.at - at / NS_PER_MS);
  }
}
