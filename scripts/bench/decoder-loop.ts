/**
 * Measures the decoder and the formats: a BPF program writes one real record to a ring over and
 * over, and the trace loop reads, decodes, formats and writes it to a file.
 * `bun decoder-loop.ts RECORD COUNT FILE OPTIONS…` prints the CPU time of one of COUNT records in
 * ns. It takes the record from the file RECORD, or traces an exit and writes it there. Each
 * measurement is a process of its own, so that each starts with nothing compiled.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { BpfObject } from "../../src/bpf/object.ts";
import { Reader } from "../../src/bpf/reader.ts";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { findCgroups } from "../../src/recorder/find-cgroups.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { v1Controller } from "../../src/system/cgroups.ts";
import { userId } from "../../src/system/users.ts";
import { excludeFromFtl } from "../../src/trace/jit.ts";
import { TraceLoop } from "../../src/trace/loop.ts";
import { importModules } from "../../src/trace/modules.ts";
import { openOutputs } from "../../src/trace/output.ts";
import type { TracePlan } from "../../src/trace/plan.ts";
import { root } from "../build/run.ts";

/** The size of the ring in decoder-throughput.bpf.c. */
const RING_BYTES = 256 * 1024;
/** Records that are not measured: by then the JIT has compiled the loop. */
const WARM_UP = 600_000;

/** Traces one exit under a plan. Returns the records that it refers to, and then its own. */
function traceRecords(plan: TracePlan): Uint8Array[] {
  const recorder = new Recorder(recorderSettings(plan));
  const reader = new Reader(recorder.readerOptions);
  reader.addRing(recorder.ringFd);
  recorder.attach();
  const parent = Number(Bun.spawnSync([`${root}build/bench/load`, "bursts", "1"]).stdout.toString());
  recorder.detach();
  reader.drain();
  const records: Uint8Array[] = [];
  const view = new RecordView(reader.bytes, reader.view);
  for (let at = reader.start; at < reader.end; at = reader.next(at)) {
    view.moveTo(at);
    const isExit = view.kind === RecordKind.exit;
    if (isExit && view.ppid !== parent) continue;
    records.push(reader.bytes.slice(at, at + reader.size(at)));
    if (isExit) break;
  }
  reader.close();
  recorder.close();
  return records;
}

/** decoder-throughput.bpf.c, loaded. */
class RecordWriter {
  readonly #object = new BpfObject(readFileSync(`${root}build/bench/decoder-throughput.bpf.o`), "decoder");
  readonly #settings: DataView;
  readonly #offsets = this.#object.btf().variables(".bss");

  constructor() {
    this.#object.load();
    this.#settings = this.#object.map(".bss").initialValue();
  }

  get ringFd(): number {
    return this.#object.map("ring").fd;
  }

  /** Writes a record to the ring `count` times. */
  write(record: Uint8Array, count: number): void {
    const { buffer, byteOffset } = this.#settings;
    new Uint8Array(buffer, byteOffset).set(record, this.#offsets["record"]);
    this.#settings.setUint32(this.#offsets["bytes"]!, record.length, true);
    this.#settings.setUint32(this.#offsets["records"]!, count, true);
    this.#object.run("fill_ring");
  }
}

const [recordFile, count, file, ...options] = process.argv.slice(2) as [string, string, string, ...string[]];
const plan = planTrace(parse(options), { isTerminal: () => false, environment: {}, userId, v1Controller, findCgroups });
const records = existsSync(recordFile) ? [readFileSync(recordFile)] : traceRecords(plan);
const record = records.at(-1)!;
writeFileSync(recordFile, record);
const writer = new RecordWriter();
const reader = new Reader({ maxRecordBytes: RECORD_BYTES });
reader.addRing(writer.ringFd);
const batchRecords = Math.floor(RING_BYTES / reader.stride(record.length)) - 1;
const [output] = openOutputs([{ file }]);
const loop = new TraceLoop(
  plan,
  await importModules(plan),
  [output!],
  reader,
  { requestCgroupPath() {}, ringBytes: 0, untrackedTracees: 0, droppedCrashes: 0 },
  undefined,
);
excludeFromFtl(plan.columns.length);

/** Decodes and writes records. Returns the CPU time of one in ns, without filling the ring. */
function measure(total: number): number {
  let microseconds = 0;
  for (let rest = total; rest > 0; rest -= batchRecords) {
    writer.write(record, Math.min(rest, batchRecords));
    const before = process.cpuUsage();
    loop.drain();
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  return (1000 * microseconds) / total;
}

for (const referred of records.slice(0, -1)) writer.write(referred, 1);
loop.drain();
measure(WARM_UP);
console.log(measure(Number(count)).toFixed(1));
