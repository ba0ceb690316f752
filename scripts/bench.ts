/**
 * `npm run bench`: what an exit costs the consumer, and how soon the first death is seen, as ratios against Debian's
 * libbpf-tools exitsnoop (C, perf buffer) in the same run, in turns, on the same load. As root, after `npm run build`.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { buildFixtures } from "./fixtures.ts";
import { root, say } from "./run.ts";

const EXITS = 60_000;
const ROUNDS = 5;
const peer = "/usr/sbin/exitsnoop";
/** The peer's tracepoint needs tracefs, which not every machine mounts; in a mount namespace of its own, nobody else sees it. */
const withTracefs = ["unshare", "--mount", "sh", "-c", 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0"'];
const deaths = `${root}build/fixtures/deaths`;

interface Tool {
  name: string;
  command: string[];
}

/** CPU time of all threads so far, ns: the first figure of /proc/PID/task/TID/schedstat. */
function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  }, 0);
}

/** ns of the consumer's CPU per exit, over a burst at full speed. */
async function costPerExit(tool: Tool): Promise<{ cost: number; lines: number }> {
  const output = `${root}build/bench.out`;
  rmSync(output, { force: true });
  const child = Bun.spawn(tool.command, { stdout: Bun.file(output), stderr: "ignore", stdin: "ignore" });
  await Bun.sleep(1000);
  const before = cpuTime(child.pid);
  await Bun.spawn([deaths, "burst", String(EXITS)], { stdout: "ignore" }).exited;
  await Bun.sleep(500);
  const cost = (cpuTime(child.pid) - before) / EXITS;
  child.kill("SIGINT");
  await child.exited;
  return { cost, lines: (await Bun.file(output).text()).split("\n").length };
}

/** ms from starting the tool to its first line of a death, while processes die all the time. */
async function firstDeath(tool: Tool): Promise<number> {
  const load = Bun.spawn([deaths, "burst", "1000000"], { stdout: "ignore" });
  await Bun.sleep(100);
  const began = performance.now();
  const child = Bun.spawn(tool.command, { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk);
    if (text.includes("deaths")) break;
  }
  const took = performance.now() - began;
  child.kill("SIGKILL");
  load.kill("SIGKILL");
  await Promise.all([child.exited, load.exited]);
  return took;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const tools: Tool[] = [
  { name: "exitsnoop, table", command: [`${root}dist/exitsnoop`] },
  { name: "exitsnoop, JSON", command: [`${root}dist/exitsnoop`, "--json"] },
];
if (existsSync(peer)) tools.push({ name: "libbpf-tools exitsnoop", command: [...withTracefs, peer] });
else say("No peer to compare with: apt-get install libbpf-tools");

await buildFixtures();
const costs = tools.map(() => [] as number[]);
const delays = tools.map(() => [] as number[]);
const lines = tools.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, tool] of tools.entries()) {
    const result = await costPerExit(tool);
    costs[i]!.push(result.cost);
    lines[i] = Math.min(lines[i]!, result.lines);
    delays[i]!.push(await firstDeath(tool));
  }
  say(`round ${round + 1} of ${ROUNDS}`);
}
const base = median(costs.at(-1)!);
console.log(`${EXITS} vfork/_exit a round, ${ROUNDS} rounds in turns, medians (least to most)\n`);
console.log("tool                     CPU per exit            ratio  first death        least lines printed");
for (const [i, { name }] of tools.entries()) {
  const us = costs[i]!.map((ns) => ns / 1000);
  const spread = (values: number[], digits: number) =>
    `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;
  const cells = [name.padEnd(24), `${spread(us, 2)} µs`.padEnd(23), (median(costs[i]!) / base).toFixed(3).padEnd(6)];
  console.log(`${cells.join(" ")} ${`${spread(delays[i]!, 1)} ms`.padEnd(20)} ${lines[i]}`);
}
