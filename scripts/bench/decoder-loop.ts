/**
 * The decoder and the formats at their limit: real records, which a BPF program pours into a ring as often as it is asked, go the
 * way of every exit, into a file. A process of its own, so that each begins with nothing compiled:
 * `bun flooding.ts RECORD COUNT FILE OPTIONS…` keeps the record in the file RECORD, or takes it from there, and prints the CPU time
 * of one of COUNT, ns.
 */
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "../../src/cli/parse.ts";
import { planTrace, type TracePlan } from "../../src/cli/plan.ts";
import { compileLoopsOnly } from "../../src/trace/jit.ts";
import { Tracing } from "../../src/trace/loop.ts";
import { Collector } from "../../src/bpf/reader.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { userId } from "../../src/system/process.ts";
import { RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { RecordView } from "../../src/record/view.ts";
import { findCgroups, v1Controller } from "../../src/filter/cgroups.ts";
import { root } from "../build/run.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";

/** What fits into the flood's ring at once, with their heads. */
const RING_BYTES = 256 * 1024;
/** Before anything is counted: until the engine has compiled all that it will. */
const WARM_UP = 600_000;

/** What the recorder writes for one death under such a plan: the exit's record last, before it those that it refers to. */
function realRecords(plan: TracePlan): Uint8Array[] {
  const recorder = new Recorder(recorderSettings(plan));
  const collector = new Collector(recorder.intake, -1);
  collector.addRing(recorder.ringFd);
  recorder.attach();
  const parent = Number(Bun.spawnSync([`${root}build/bench/load`, "bursts", "1"]).stdout.toString());
  recorder.detach();
  collector.drain();
  const records: Uint8Array[] = [];
  const view = new RecordView(collector.bytes, collector.view);
  for (let at = collector.start; at < collector.end; at = collector.next(at)) {
    view.moveTo(at);
    const isExit = view.kind === RecordKind.exit;
    if (isExit && view.ppid !== parent) continue;
    records.push(collector.bytes.slice(at, at + collector.size(at)));
    if (isExit) break;
  }
  collector.close();
  recorder.close();
  return records;
}

/** flood.bpf.c in the kernel. */
class Flood {
  readonly #object = new BpfObject(readFileSync(`${root}build/bench/flood.bpf.o`), "flood");
  readonly #settings: DataView;
  readonly #offsets = this.#object.btf().variables(".bss");

  constructor() {
    this.#object.load();
    this.#settings = this.#object.map(".bss").initialValue();
  }

  get ringFd(): number {
    return this.#object.map("ring").fd;
  }

  /** Pours a record into the ring that often. */
  pour(record: Uint8Array, count: number): void {
    const { buffer, byteOffset } = this.#settings;
    new Uint8Array(buffer, byteOffset).set(record, this.#offsets["record"]);
    this.#settings.setUint32(this.#offsets["bytes"]!, record.length, true);
    this.#settings.setUint32(this.#offsets["records"]!, count, true);
    this.#object.run("pour");
  }
}

const [recordFile, count, file, ...options] = process.argv.slice(2) as [string, string, string, ...string[]];
const plan = planTrace(parse(options), { isTerminal: () => false, environment: {}, userId, v1Controller, findCgroups });
const records = existsSync(recordFile) ? [readFileSync(recordFile)] : realRecords(plan);
const record = records.at(-1)!;
writeFileSync(recordFile, record);
const flood = new Flood();
const collector = new Collector({ longestRecord: RECORD_BYTES }, -1);
collector.addRing(flood.ringFd);
const room = Math.floor(RING_BYTES / collector.stride(record.length)) - 1;
const tracing = new Tracing(
  plan,
  { fd: openSync(file, "w"), name: file },
  collector,
  { forgetCgroup() {}, ringBytes: 0 },
  undefined,
);
compileLoopsOnly(plan.columns.length);

/** Prints that many, and returns the CPU time of one, ns, without the pouring. */
function print(total: number): number {
  let spent = 0;
  for (let rest = total; rest > 0; rest -= room) {
    flood.pour(record, Math.min(rest, room));
    const before = process.cpuUsage();
    tracing.drain();
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
  }
  return (1000 * spent) / total;
}

for (const before of records.slice(0, -1)) flood.pour(before, 1);
tracing.drain();
print(WARM_UP);
console.log(print(Number(count)).toFixed(1));
