/** Latencies: from exec to the first exit that a tool sees, and from an exit to its line. */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import type { Figures } from "./figures.ts";
import { load, output } from "./running-tool.ts";
import type { Tool } from "./tools.ts";

const NS_PER_MS = 1e6;

/** Parses the lines `pid ns` of load.c, in the order of the exits. */
function exitsOf(text: string): { pid: string; at: number }[] {
  const lines = text.matchAll(/^(\d+) (\d+)$/gm);
  return Array.from(lines, ([, pid, at]) => ({ pid: pid!, at: Number(at) }));
}

/**
 * Measures the time from exec to the first exit that a tool sees, in ms, while one process exits
 * every 250 µs and nothing else happens. The output shows which exit it was, whenever it is
 * written.
 */
export async function firstExit(tool: Tool, figures: Figures): Promise<void> {
  rmSync(`${output}.stderr`, { force: true });
  const out = openSync(output, "w");
  const child = Bun.spawn([load, "ticks", "250", "1200", ...tool.command], {
    stdin: "ignore",
    stdout: out,
    stderr: Bun.file(`${output}.stderr`),
  });
  closeSync(out);
  await child.exited;
  const seen = new Set(readFileSync(output, "latin1").match(/\d+/g));
  const exits = exitsOf(readFileSync(`${output}.stderr`, "latin1"));
  // one number may equal a pid by chance; ten in a row do not
  const first = exits.findIndex((_, i) => exits.slice(i, i + 10).every(({ pid }) => seen.has(pid)));
  const took = first < 0 ? Number.NaN : exits[first]!.at / NS_PER_MS;
  figures.add("exec to the first exit seen", "ms", tool.name, took);
}

/** Measures the time from each of some rare exits to the arrival of its line, in ms. */
export async function lineLatency(tool: Tool, exits: number, figures: Figures): Promise<void> {
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
  const ticks = Bun.spawn([load, "ticks", "150000", `${exits}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const expected = exitsOf(await ticks.stderr.text());
  await Bun.sleep(300);
  child.kill("SIGINT");
  await Promise.race([child.exited, Bun.sleep(2000)]);
  child.kill("SIGKILL");
  await read;
  for (const { pid, at } of expected) {
    const index = new RegExp(`\\b${pid}\\b`).exec(text)?.index;
    const arrival = arrivals.find(({ end }) => index !== undefined && index < end);
    if (arrival) figures.add("exit to line, with few exits", "ms", tool.name, arrival.at - at / NS_PER_MS);
  }
}
