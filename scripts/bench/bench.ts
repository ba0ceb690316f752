/**
 * `npm run bench [-- --quick] [--json FILE]`: compares the cost of exitsnoop with that of
 * libbpf-tools' exitsnoop, bpftrace and ecli, if they are installed, in turns on the same
 * workloads, and at real rates also with forkstat and execsnoop. `-- --long MILLIONS` measures
 * memory and drops over that many exits instead. Builds dist/exitsnoop first, and runs as root.
 * docs/dev/measurements.md explains each figure.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { log, root, run } from "../build/run.ts";
import { buildBench } from "./build.ts";
import { decoderThroughput } from "./decoder-throughput.ts";
import { Figures, summary } from "./figures.ts";
import { idle } from "./idle.ts";
import { firstExit, lineLatency } from "./latency.ts";
import { overhead, timeInPrograms } from "./overhead.ts";
import { rates, ratesOnTerminals } from "./rates.ts";
import { sizes } from "./sizes.ts";
import { BASELINE, findOtherTools, findTools } from "./tools.ts";
import { longRun, underLoad } from "./under-load.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" }, long: { type: "string" } },
});
const [rounds, scale] = options.quick ? [1, 0.5] : [3, 1];

// the other tools need tracefs; a private mount namespace keeps the mount from the machine
if (!existsSync("/sys/kernel/tracing/events") && !process.env["BENCH_HAS_TRACEFS"]) {
  const mount = 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0" "$@"';
  const child = Bun.spawn(["unshare", "--mount", "sh", "-c", mount, process.execPath, ...process.argv.slice(1)], {
    env: { ...process.env, BENCH_HAS_TRACEFS: "1" },
    stdio: ["inherit", "inherit", "inherit"],
  });
  process.exit(await child.exited);
}

await buildBench();
const { tools, missing } = await findTools();
const others = await findOtherTools();
for (const sentence of missing) log(`\n*** LEFT OUT, because it is not installed: ${sentence}\n`);
const figures = new Figures();
const started = performance.now();

async function step(what: string, work: () => Promise<void>): Promise<void> {
  log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}`);
  await work();
}

if (options.long) {
  const millions = Number(options.long);
  await step(`${millions} million exits`, () => longRun(tools[0]!, millions, figures));
} else {
  await step("size of the binary", () => sizes(!options.quick, figures));
  const [table, , wide] = tools;
  const shown = tools.filter((tool) => tool === table || tool.name === BASELINE);
  const compared = tools.filter((tool) => shown.includes(tool) || tool === wide);
  const few = options.quick ? compared : tools;
  for (let round = 1; round <= rounds; round++) {
    const inRound = `, round ${round} of ${rounds}`;
    await step(`real rates${inRound}`, () => rates([...tools, ...others], scale, figures));
    await step(`on terminals${inRound}`, () => ratesOnTerminals(shown, scale, figures));
    for (const tool of tools)
      await step(`under load: ${tool.name}${inRound}`, () => underLoad(tool, 60_000 * scale, figures));
    await step(`overhead on fork, exit and wait${inRound}`, () => overhead(compared, 8 * scale, figures));
    await step(`time in the BPF programs${inRound}`, () => timeInPrograms(few, 20_000 * scale, figures));
    for (const tool of few)
      await step(`exec to the first exit: ${tool.name}${inRound}`, () => firstExit(tool, figures));
    await step(`decoder throughput${inRound}`, () => decoderThroughput(1_000_000 * scale, figures));
    await step(`idle${inRound}`, () => idle(few, 10 * scale, figures));
  }
  for (const tool of few) await step(`exit to line: ${tool.name}`, () => lineLatency(tool, 12 * scale, figures));
}
for (const left of ["output", "output.stderr", "record"]) rmSync(`${root}build/bench/${left}`, { force: true });

const machine = `${availableParallelism()} CPUs (${cpus()[0]?.model ?? "?"}), Linux ${release()}`;
const versions = Object.fromEntries([...tools, ...others].map(({ name, version }) => [name, version]));
const versionText = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
console.log(`${machine}; ${versionText.join("; ")}\n\n${figures.table(BASELINE)}`);
if (options.json) {
  const all = figures.all.map((figure) => ({ ...figure, ...summary(figure.values) }));
  const result = { machine, versions, missing, quick: options.quick, rounds, figures: all };
  writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  await run([process.execPath, "fmt", options.json]);
}
