/**
 * `npm run bench [-- --quick] [--json FILE]`: what exitsnoop costs, against libbpf-tools' exitsnoop, bpftrace and ecli, as far as they are
 * here, in turns, on the same loads. As root, after `npm run build`. docs/performance.md says what each figure means. --long
 * MILLIONS measures memory and losses over so many exits instead.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { buildBench } from "./build.ts";
import { Figures, summary } from "./figures.ts";
import { flood } from "./decoder-throughput.ts";
import { idle } from "./idle.ts";
import { firstDeath, lineLatency } from "./latency.ts";
import { sizes } from "./sizes.ts";
import { findTools, peer } from "./tools.ts";
import { insidePrograms, surcharges } from "./overhead.ts";
import { longRun, underLoad } from "./under-load.ts";
import { root, log } from "../build/run.ts";

const { values: given } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" }, long: { type: "string" } },
});
const [rounds, scale] = given.quick ? [1, 0.5] : [3, 1];

// the peers' tracepoints need tracefs, which not every machine mounts; in a mount namespace of our own nobody else sees it
if (!existsSync("/sys/kernel/tracing/events") && !process.env["BENCH_HAS_TRACEFS"]) {
  const mount = 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0" "$@"';
  const again = Bun.spawn(["unshare", "--mount", "sh", "-c", mount, process.execPath, ...process.argv.slice(1)], {
    env: { ...process.env, BENCH_HAS_TRACEFS: "1" },
    stdio: ["inherit", "inherit", "inherit"],
  });
  process.exit(await again.exited);
}

await buildBench();
const { tools, missing } = await findTools();
for (const sentence of missing) log(`\n*** LEFT OUT, as it is not here: ${sentence}\n`);
const figures = new Figures();
const began = performance.now();

async function step<T>(what: string, work: () => Promise<T>): Promise<void> {
  log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}`);
  await work();
}

if (given.long) {
  const millions = Number(given.long);
  await step(`${millions} million exits`, () => longRun(tools[0]!, millions, figures));
} else {
  await step("the binary's size", () => sizes(!given.quick, figures));
  // what takes long is left to few of them when time is short
  const [table, , wide] = tools;
  const paying = tools.filter((tool) => [table, wide].includes(tool) || tool.name === peer);
  const few = given.quick ? paying : tools;
  for (let round = 1; round <= rounds; round++) {
    const of = `, round ${round} of ${rounds}`;
    for (const tool of tools)
      await step(`under load: ${tool.name}${of}`, () => underLoad(tool, 60_000 * scale, figures));
    await step(`what fork, exit and wait pay${of}`, () => surcharges(paying, 8 * scale, figures));
    await step(`inside the programs${of}`, () => insidePrograms(few, 20_000 * scale, figures));
    for (const tool of few) await step(`first death: ${tool.name}${of}`, () => firstDeath(tool, figures));
    await step(`the flood${of}`, () => flood(1_000_000 * scale, figures));
  }
  for (const tool of few) await step(`death to line: ${tool.name}`, () => lineLatency(tool, 12 * scale, figures));
  await step("where nobody dies", () => idle(few, 10 * scale, figures));
}
for (const left of ["output", "output.said", "record"]) rmSync(`${root}build/bench/${left}`, { force: true });

const machine = `${availableParallelism()} CPUs (${cpus()[0]?.model ?? "?"}), Linux ${release()}`;
const versions = Object.fromEntries(tools.map(({ name, version }) => [name, version]));
const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
console.log(`${machine}; ${said.join("; ")}\n\n${figures.table(peer)}`);
if (given.json) {
  const all = figures.all.map((figure) => ({ ...figure, ...summary(figure.values) }));
  const result = { machine, versions, missing, quick: given.quick, rounds, figures: all };
  writeFileSync(given.json, `${JSON.stringify(result, null, 2)}\n`);
}
