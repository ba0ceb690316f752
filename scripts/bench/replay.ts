/**
 * Measures replay: `bun scripts/bench/replay.ts FILE OPTIONS…` decodes a recording over and over,
 * and prints the CPU time of an exit without output, and with the output of these options.
 */
import { readFileSync } from "node:fs";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planReplay } from "../../src/cli/plan-replay.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { createFormat } from "../../src/output/formats.ts";
import { ByteWriter, type Format } from "../../src/output/index.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { selectionOf } from "../../src/replay/replay-selection.ts";

const ROUNDS = 30;
/** The lines of a round: a shorter recording is repeated. */
const MIN_BYTES = 20_000_000;
const OUTPUT_BYTES = 256 * 1024;
const NS_PER_US = 1000;

const [file, ...options] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: bun scripts/bench/replay.ts FILE OPTIONS…");
const recording = readFileSync(file);
const bytes = Buffer.concat(Array.from({ length: Math.ceil(MIN_BYTES / recording.length) }, () => recording));
const { parsed } = parseCommandLine(subcommands.replay, [...options, file]);
const plan = planReplay(parsed, [file], { isTerminal: () => false, environment: {} });

/** Returns the CPU time of an exit in the fastest round, ns. */
function measure(exits: RecordedExits, format: Format | undefined): number {
  const out = new ByteWriter();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    let count = 0;
    exits.open(file!);
    exits.begin(bytes);
    for (; exits.next(); count++) {
      format?.exit(out, exits.exit);
      if (out.length > OUTPUT_BYTES) out.reset();
    }
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (NS_PER_US * (user + system)) / count);
  }
  return best;
}

const exits = new RecordedExits(selectionOf(plan), undefined);
const format = createFormat(plan.trace.format, { ...plan.trace, width: () => 0, lacks: (key) => exits.lacks(key) });
const [decoded, written] = [measure(exits, undefined), measure(exits, format)];
const perSecond = (ns: number) => `${Math.round(ns)} ns an exit, ${Math.round(1e9 / ns)} exits a second`;
console.log(
  `${recording.length} bytes: decoded ${perSecond(decoded)}; ${options.join(" ") || "table"} ${perSecond(written)}`,
);
