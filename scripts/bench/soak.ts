/**
 * `npm run soak [-- --minutes 20 --millions 100 --format table|json|wide]`: exits at full speed for that long, or so many, and what the
 * tracer is like then: memory, files, BPF objects, CPU, losses, clocks, with figures each minute. Ends with 1 where something grows, is
 * missing or drifts. As root, after `npm run build`. docs/soak.md says how each figure comes about.
 */
import { availableParallelism, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { log } from "../build/run.ts";
import { buildSoak, type Format, formats, Load, Traced } from "./soak/processes.ts";
import { type Clocks, type Holdings, holdingsOf, Pairing } from "./soak/samples.ts";

const { values: given } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    millions: { type: "string", default: "100" },
    format: { type: "string", default: "table" },
  },
});
const minutes = Number(given.minutes);
const count = Number(given.millions) * 1e6;
if (!(minutes > 0) || !(count > 0) || !(given.format in formats)) {
  log(`usage: npm run soak -- [--minutes N] [--millions N] [--format ${Object.keys(formats).join("|")}]`);
  process.exit(2);
}
const format = given.format as Format;

/** A sample a minute, or where that is few, six in all. */
const every = minutes >= 6 ? 60 : minutes * 10;
/** From here on nothing may grow, seconds: the loops are compiled, and what is freed and taken again has found its size. */
const settled = Math.min(120, minutes * 30);

/** What may be more at the end than when it had settled, KiB, and how far clocks may be from each other, ns. */
const bounds = { anonymous: 1024, resident: 4096, drift: 1e6 };

interface Sample extends Holdings {
  at: number;
  died: number;
  lost: number;
  clocks: Clocks;
}

await buildSoak();
const load = new Load(Math.round(minutes * 60), count, Math.min(20, Math.ceil(minutes)));
await load.ready;
const traced = await Traced.start(format, load.pid);
const pairing = new Pairing();
const samples: Sample[] = [];
const began = performance.now();
let isOver = false;
void load.ended.then(() => (isOver = true));

const micros = (ns: number) => (ns / 1000).toFixed(1);
const columns = [
  "s",
  "exits",
  "lost",
  "RSS",
  "anon",
  "file",
  "fds",
  "thr",
  "progs",
  "maps",
  "us/exit",
  "late us: least",
  "median",
  "most",
  "age us",
];
const header = `| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`;

function row(sample: Sample, before: Sample | undefined): string {
  const exits = sample.died - (before?.died ?? 0);
  const cpu = (sample.cpu - (before?.cpu ?? 0)) / Math.max(1, exits);
  const { clocks } = sample;
  const cells = [
    ...[sample.at, sample.died, sample.lost, sample.resident, sample.anonymous, sample.file].map(Math.round),
    ...[sample.fds, sample.threads, sample.programs, sample.maps, (cpu / 1000).toFixed(3)],
    ...[clocks.least, clocks.median, clocks.most, clocks.age].map(micros),
  ];
  return `| ${cells.join(" | ")} |`;
}

function sample(): void {
  const now = {
    at: elapsed(),
    died: load.died,
    lost: traced.lost,
    clocks: pairing.take(load.marked, traced.marked),
    ...holdingsOf(traced.pid),
  };
  console.log(row(now, samples.at(-1)));
  samples.push(now);
}

console.log(`${format}, ${availableParallelism()} CPUs (${cpus()[0]?.model ?? "?"}), Linux ${release()}\n\n${header}`);
const idle = holdingsOf(traced.pid);
await load.go();
const elapsed = () => (performance.now() - began) / 1000;
// on a machine that is busy elsewhere we may come late; then the next one is not at once
for (let next = every; !isOver; next = Math.max(next, elapsed() - every / 2) + every) {
  while (!isOver && elapsed() < next) await Bun.sleep(100);
  if (!isOver) sample();
}
// what was on its way
await Bun.sleep(500);
sample();
const last = samples.at(-1)!;
const end = await traced.end();

const base = samples.find(({ at }) => at >= settled - 1) ?? samples[0]!;
const seconds = elapsed();
const drift = last.clocks.median - base.clocks.median;
const furthest = Math.max(...samples.map(({ clocks }) => Math.abs(clocks.median)));
const failures: string[] = [];
function must(isWell: boolean, sentence: string): void {
  console.log(`${isWell ? "ok  " : "FAIL"} ${sentence}`);
  if (!isWell) failures.push(sentence);
}

console.log(
  `\n${(load.died / 1e6).toFixed(2)} million exits in ${Math.round(seconds)} s; idle before: ${idle.resident} KiB, ${idle.fds} fds\n`,
);
must(end.status === 0, `the tracer ended with ${end.status}`);
must(end.seen + end.lost === load.died, `${end.seen} printed + ${end.lost} lost = ${load.died} died`);
must(traced.children === end.seen && traced.lines === end.seen, `${traced.children} lines were read, each once`);
must(traced.wrong === 0, `${traced.wrong} lines could not be read`);
must(traced.breaks <= end.lost, `${traced.breaks} breaks of the order, each where some were lost`);
if (format !== "table") must(traced.lostLines === end.lost, `${traced.lostLines} lost by what the JSON lines log`);
for (const [what, bound] of [
  ["anonymous", bounds.anonymous],
  ["resident", bounds.resident],
] as const) {
  const growth = last[what] - base[what];
  must(
    growth <= bound,
    `${what} memory grew by ${growth} KiB between ${Math.round(base.at)} s and the end (at most ${bound})`,
  );
}
for (const what of ["fds", "programs", "maps"] as const) {
  must(last[what] === base[what], `${what}: ${base[what]} at ${Math.round(base.at)} s, ${last[what]} at the end`);
}
must(
  Math.abs(drift) < bounds.drift,
  `TIME against the load's clock moved by ${micros(drift)} us (less than ${micros(bounds.drift)})`,
);
must(furthest < bounds.drift, `and was never further from it than ${micros(furthest)} us (medians)`);
const age = Math.max(...samples.map(({ clocks }) => clocks.age));
must(age < bounds.drift, `no age was further from the truth than ${micros(age)} us`);
const { length } = traced.marked;
must(length + end.lost >= load.marked.length, `${length} of ${load.marked.length} marked deaths were told`);
console.log(
  failures.length ? `\n${failures.length} of these failed` : "\nNothing grows, nothing is missing, nothing drifts",
);
process.exit(failures.length ? 1 : 0);
