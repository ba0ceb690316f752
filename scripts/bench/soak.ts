/**
 * `npm run soak [-- --minutes 20 --millions 100 --format table|json|wide]`: traces exits at full
 * speed until the time or the number is reached, prints the tracer's memory, files, BPF objects,
 * CPU, drops and clock offsets each minute, and ends with 1 if something grows, is missing or
 * drifts. Builds dist/exitsnoop first, and runs as root. docs/dev/soak.md explains each figure.
 */
import { availableParallelism, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { log } from "../build/run.ts";
import { buildSoak } from "./build.ts";
import { type Format, formats, Load, SoakedTracer } from "./soak/processes.ts";
import { type ClockOffsets, Pairing, type Resources, resourcesOf } from "./soak/samples.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    millions: { type: "string", default: "100" },
    format: { type: "string", default: "table" },
  },
});
const minutes = Number(options.minutes);
const count = Number(options.millions) * 1e6;
if (!(minutes > 0) || !(count > 0) || !(options.format in formats)) {
  log(`usage: npm run soak -- [--minutes N] [--millions N] [--format ${Object.keys(formats).join("|")}]`);
  process.exit(2);
}
const format = options.format as Format;

/** Seconds between two samples: a minute, or a sixth of a short run. */
const INTERVAL = minutes >= 6 ? 60 : minutes * 10;
/** Seconds until nothing may grow any more: the loops are compiled, the heap has found its size. */
const SETTLED = Math.min(120, minutes * 30);
/** Bounds of growth from SETTLED to the end in KiB, and of clock offsets in ns. */
const MAX_ANONYMOUS_GROWTH = 1024;
const MAX_RESIDENT_GROWTH = 4096;
const MAX_OFFSET = 1e6;

interface Sample extends Resources {
  at: number;
  exits: number;
  lost: number;
  clocks: ClockOffsets;
}

const micros = (ns: number) => (ns / 1000).toFixed(1);
const resources = ["RSS", "anon", "file", "fds", "thr", "progs", "maps"];
const offsets = ["offset us: min", "median", "max", "age error us"];
const columns = ["s", "exits", "lost", ...resources, "us/exit", ...offsets];

function row(sample: Sample, before: Sample | undefined): string {
  const { clocks } = sample;
  const exits = Math.max(1, sample.exits - (before?.exits ?? 0));
  const cpu = (sample.cpu - (before?.cpu ?? 0)) / exits;
  const cells = [
    ...[sample.at, sample.exits, sample.lost, sample.resident, sample.anonymous, sample.file].map(Math.round),
    ...[sample.fds, sample.threads, sample.programs, sample.maps, (cpu / 1000).toFixed(3)],
    ...[clocks.min, clocks.median, clocks.max, clocks.ageError].map(micros),
  ];
  return `| ${cells.join(" | ")} |`;
}

await buildSoak();
const load = new Load(Math.round(minutes * 60), count, Math.min(20, Math.ceil(minutes)));
await load.ready;
const tracer = await SoakedTracer.start(format, load.pid);
const pairing = new Pairing();
const samples: Sample[] = [];
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;

function takeSample(): void {
  const clocks = pairing.take(load.timed, tracer.timed);
  const sample = { at: elapsed(), exits: load.exits, lost: tracer.lost, clocks, ...resourcesOf(tracer.pid) };
  console.log(row(sample, samples.at(-1)));
  samples.push(sample);
}

console.log(`${format}, ${availableParallelism()} CPUs (${cpus()[0]?.model ?? "?"}), Linux ${release()}\n`);
console.log(`| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`);
const idle = resourcesOf(tracer.pid);
let isOver = false;
void load.ended.then(() => (isOver = true));
await load.start();
// a late sample on a busy machine delays the next one
for (let next = INTERVAL; !isOver; next = Math.max(next, elapsed() - INTERVAL / 2) + INTERVAL) {
  while (!isOver && elapsed() < next) await Bun.sleep(100);
  if (!isOver) takeSample();
}
// until the last lines have arrived
await Bun.sleep(500);
takeSample();
const last = samples.at(-1)!;
const end = await tracer.end();

const settled = samples.find(({ at }) => at >= SETTLED - 1) ?? samples[0]!;
const from = Math.round(settled.at);
let failures = 0;
function must(isRight: boolean, sentence: string): void {
  console.log(`${isRight ? "ok  " : "FAIL"} ${sentence}`);
  if (!isRight) failures++;
}
function mustNotGrow(what: "anonymous" | "resident", max: number): void {
  const growth = last[what] - settled[what];
  must(growth <= max, `${what} memory grew by ${growth} KiB between ${from} s and the end (at most ${max})`);
}

console.log(`\n${(load.exits / 1e6).toFixed(2)} million exits in ${Math.round(elapsed())} s`);
console.log(`idle before: ${idle.resident} KiB, ${idle.fds} fds\n`);
must(end.status === 0, `the tracer ended with ${end.status}`);
must(end.seen + end.lost === load.exits, `${end.seen} printed + ${end.lost} lost = ${load.exits} exits`);
must(tracer.children === end.seen && tracer.lines === end.seen, `${tracer.children} lines were read, each once`);
must(tracer.unreadable === 0, `${tracer.unreadable} lines could not be read`);
must(tracer.gaps <= end.lost, `${tracer.gaps} gaps in the order, each where exits were lost`);
if (format !== "table") must(tracer.lostByLines === end.lost, `${tracer.lostByLines} lost according to the JSON lines`);
mustNotGrow("anonymous", MAX_ANONYMOUS_GROWTH);
mustNotGrow("resident", MAX_RESIDENT_GROWTH);
for (const what of ["fds", "programs", "maps"] as const) {
  must(last[what] === settled[what], `${what}: ${settled[what]} at ${from} s, ${last[what]} at the end`);
}
const drift = Math.abs(last.clocks.median - settled.clocks.median);
must(drift < MAX_OFFSET, `TIME drifted by ${micros(drift)} us against the workload's clock`);
const furthest = Math.max(...samples.map(({ clocks }) => Math.abs(clocks.median)));
must(furthest < MAX_OFFSET, `the largest median offset of TIME is ${micros(furthest)} us`);
const age = Math.max(...samples.map(({ clocks }) => clocks.ageError));
must(age < MAX_OFFSET, `the largest error of an age is ${micros(age)} us`);
const { length } = tracer.timed;
must(length + end.lost >= load.timed.length, `${length} of ${load.timed.length} timed exits were printed`);
console.log(failures ? `\n${failures} of these failed` : "\nNothing grows, nothing is missing, nothing drifts");
process.exit(failures ? 1 : 0);
