import { say } from "../log.ts";
import type { Export } from "./exports.ts";
import type { OpenedPackage } from "./opened.ts";
import type { Printer } from "./print/printer.ts";
import { printerOf } from "./print/printers.ts";
import { Collector } from "../bpf/reader.ts";
import { utcOffset, writeAll } from "../system/process.ts";
import { ByteWriter, Sink } from "../output/index.ts";
import { drain } from "../trace/drain.ts";
import { MapSamples } from "./map-samples.ts";
import type { Output } from "../trace/output.ts";
import { WriteFailures } from "../trace/write-failures.ts";

export interface RunPlan {
  isJson: boolean;
  hasHeader: boolean;
  /** Stop after that many events. */
  count: number;
}

/** The loop from what a package's maps hold to lines, and what it counts. */
export class PackageRun {
  readonly collector: Collector;
  #out = new ByteWriter();
  #sink: Sink;
  #failures: WriteFailures;
  /** By the number that their records carry. */
  #printers: Printer[] = [];
  #sizes: number[] = [];
  #buffers: (Export & { kind: "ring" | "perf" })[] = [];
  #samples: MapSamples[] = [];
  #seen = 0;
  #short = 0;
  #lostTold = 0;
  /** True if each event is one line, so that a line that could not be written is a lost event. */
  #isLineEach: boolean;

  /** Everything that can be wrong with what is to be printed is found here. @throws PackageError */
  constructor(
    readonly plan: RunPlan,
    readonly opened: OpenedPackage,
    exported: readonly Export[],
    output: Output,
  ) {
    this.#sink = new Sink(output.name, (bytes, length) => writeAll(output.fd, bytes, length));
    this.#failures = new WriteFailures(this.#sink, "line");
    this.#isLineEach =
      plan.isJson ||
      exported.every((what) => (what.kind === "sample" ? what.sample.type === "default_kv" : !what.stack));
    const sizes = exported.map((what) => (what.kind === "sample" ? 0 : what.shape.size));
    this.collector = new Collector({ longestRecord: Math.max(0, ...sizes) }, output.fd);
    const { btf } = opened;
    for (const what of exported) {
      if (what.kind === "sample") {
        this.#samples.push(new MapSamples(btf, what, plan.isJson, utcOffset));
      } else {
        this.#printers.push(printerOf(btf, what, plan.isJson, { from: this.collector, utcOffset }));
        this.#sizes.push(what.shape.size);
        this.#buffers.push(what);
      }
    }
  }

  /** Once the object is loaded. @throws LibbpfError */
  listen(): void {
    const { perf_buffer_pages } = this.opened.meta;
    for (const { kind, map } of this.#buffers) {
      if (kind === "ring") this.collector.addRing(map.fd);
      else this.collector.addPerf(map.fd, perf_buffer_pages);
    }
  }

  /** Once the programs are attached: what fails before leaves nothing on stdout. */
  writeHeaders(): void {
    if (this.plan.hasHeader) {
      for (const printer of [...this.#printers, ...this.#samples.map(({ printer }) => printer)]) {
        printer.header?.(this.#out);
      }
    }
    this.#sink.flush(this.#out, false);
  }

  /** Until a signal, the count, or a reader that went away. */
  follow(): void {
    const { collector } = this;
    while (!this.#isDone && !collector.stopSignal && !collector.readerGone) {
      this.#takeSamples();
      if (this.#isDone) break;
      collector.wait(this.#failures.patience(this.#patience));
      this.#print();
    }
  }

  /** What was in the buffers when the programs were detached, and the closing line. */
  finish(): void {
    const { collector } = this;
    drain(
      collector,
      () => this.#print(),
      () => this.#isDone,
    );
    for (const samples of this.#samples) samples.end();
    this.#failures.update(true);
    const { unread, lost: unwritten, name } = this.#sink;
    if (unwritten && !this.#isLineEach) say.warn(`${unwritten} lines could not be written to ${name}`);
    if (unread) say.warn(`the reader of ${name} had stopped reading: ${unread} lines were given up`);
    if (this.#short) {
      const were =
        this.#short === 1
          ? "event was shorter than its type says, and is"
          : "events were shorter than their type says, and are";
      say.warn(`${this.#short} ${were} not shown`);
    }
    const lostEvents = this.#isLineEach ? unwritten : 0;
    const seen = this.#seen - lostEvents;
    const canLose = lostEvents > 0 || this.#buffers.some(({ kind }) => kind === "perf");
    say.info(`${seen} ${seen === 1 ? "event" : "events"}${canLose ? `, ${collector.lost + lostEvents} lost` : ""}`);
  }

  /** ms until the next sample is due; -1: there is none. */
  get #patience(): number {
    const patience = Math.min(...this.#samples.map((samples) => samples.patience));
    return Number.isFinite(patience) ? patience : -1;
  }

  get #isDone(): boolean {
    return this.#isFull || this.#sink.isClosed;
  }

  get #isFull(): boolean {
    return this.#seen >= this.plan.count;
  }

  #print(): void {
    const { collector } = this;
    const { end } = collector;
    if (end > collector.start) this.#begin(this.#printers);
    for (let at = collector.start; at < end && !this.#isFull; at = collector.next(at)) {
      const source = collector.source(at);
      if (collector.size(at) < this.#sizes[source]!) {
        this.#short++;
      } else {
        this.#printers[source]!.event(this.#out, at, at);
        this.#seen++;
      }
    }
    this.#sink.flush(this.#out, true);
    this.#failures.update();
    const { lost } = collector;
    if (lost > this.#lostTold) {
      say.warn(`${lost - this.#lostTold} events lost: a perf buffer was full; a faster reader helps`);
      this.#lostTold = lost;
    }
  }

  #takeSamples(): void {
    for (const samples of this.#samples) {
      if (samples.patience > 0) continue;
      this.#begin([samples.printer]);
      for (let more = samples.first(); more; more = samples.next()) {
        for (let i = 0; i < more && !this.#isFull; i++) {
          samples.write(this.#out, i);
          this.#seen++;
        }
        this.#sink.flush(this.#out, true);
        this.#failures.update();
        if (this.#isDone) break;
      }
    }
  }

  #begin(printers: readonly Printer[]): void {
    const now = Math.floor(Date.now() / 1000);
    for (const printer of printers) printer.begin?.(now);
  }
}
