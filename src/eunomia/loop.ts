import { Reader } from "../bpf/reader.ts";
import { log } from "../log.ts";
import { utcOffset } from "../system/clock.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { counted } from "../text/counted.ts";
import { drain } from "../trace/drain.ts";
import type { Output } from "../trace/output.ts";
import { OutputWriter } from "../trace/output-writer.ts";
import type { EventSource } from "./event-sources.ts";
import { MapSampler } from "./map-samples.ts";
import type { OpenedPackage } from "./opened-package.ts";
import { createPrinter } from "./print/create-printer.ts";
import type { Printer } from "./print/printer.ts";

export interface RunOptions {
  isJson: boolean;
  hasHeader: boolean;
  /** The number of events to stop after. */
  count: number;
}

/** Prints the events of a package's maps until something ends the run, and counts them. */
export class PackageRun {
  readonly reader: Reader;
  #out = new ByteWriter();
  #outputs: OutputWriter;
  /** Indexed by the source number of a record, like #sizes and #buffers. */
  #printers: Printer[] = [];
  #sizes: number[] = [];
  #buffers: (EventSource & { kind: "ring" | "perf" })[] = [];
  #samples: MapSampler[] = [];
  #seen = 0;
  #truncated = 0;
  #reportedLost = 0;
  /** True if each event is one line: then a line that could not be written is a lost event. */
  #isLineEach: boolean;

  /** @throws PackageError if an event has a type that cannot be printed. */
  constructor(
    readonly options: RunOptions,
    readonly opened: OpenedPackage,
    sources: readonly EventSource[],
    outputs: readonly Output[],
  ) {
    this.#outputs = new OutputWriter(outputs, "line");
    this.#isLineEach =
      options.isJson ||
      sources.every((source) => (source.kind === "sample" ? source.sample.type === "default_kv" : !source.stack));
    const sizes = sources.map((source) => (source.kind === "sample" ? 0 : source.layout.size));
    this.reader = new Reader({ maxRecordBytes: Math.max(0, ...sizes) }, outputs);
    const { btf } = opened;
    for (const source of sources) {
      if (source.kind === "sample") {
        this.#samples.push(new MapSampler(btf, source, options.isJson, utcOffset));
      } else {
        this.#printers.push(createPrinter(btf, source, options.isJson, { from: this.reader, utcOffset }));
        this.#sizes.push(source.layout.size);
        this.#buffers.push(source);
      }
    }
  }

  /** Opens the buffers; the object must be loaded. @throws LibbpfError */
  listen(): void {
    const { perf_buffer_pages } = this.opened.meta;
    for (const { kind, map } of this.#buffers) {
      if (kind === "ring") this.reader.addRing(map.fd);
      else this.reader.addPerf(map.fd, perf_buffer_pages);
    }
  }

  /** Prints the headers; the programs must be attached, so that a failure leaves stdout empty. */
  writeHeaders(): void {
    if (!this.options.hasHeader) return;
    const printers = [...this.#printers, ...this.#samples.map(({ printer }) => printer)];
    this.#outputs.writeHeader((out) => printers.forEach((printer) => printer.writeHeader?.(out)));
  }

  /** Prints events until a signal, the requested count, or a closed output ends it. */
  run(): void {
    const { reader } = this;
    while (!this.#isDone && !reader.stopSignal && !reader.isOutputClosed) {
      this.#takeSamples();
      if (this.#isDone) break;
      reader.wait(Math.min(this.#outputs.maxSleep(), ...this.#samples.map(({ msUntilDue }) => msUntilDue)));
      this.#print();
    }
  }

  /** Prints what the buffers still contain after detaching, and the closing line. */
  finish(): void {
    const { reader } = this;
    drain(
      reader,
      () => this.#print(),
      () => this.#isDone,
    );
    for (const samples of this.#samples) samples.end();
    const { lost: unwritten, undelivered, name } = this.#outputs;
    if (unwritten && !this.#isLineEach) log.warn(`${counted(unwritten, "line")} could not be written to ${name}`);
    this.#outputs.finish();
    if (this.#truncated) {
      const were =
        this.#truncated === 1
          ? "event was shorter than its type and is"
          : "events were shorter than their type and are";
      log.warn(`${this.#truncated} ${were} not printed`);
    }
    // with the events that the reader of the output did not take
    const lostEvents = this.#isLineEach ? undelivered : 0;
    const seen = this.#seen - lostEvents;
    const canLose = lostEvents > 0 || this.#buffers.some(({ kind }) => kind === "perf");
    log.info(`${counted(seen, "event")}${canLose ? `, ${reader.lost + lostEvents} lost` : ""}`);
  }

  get #isDone(): boolean {
    return this.#isFull || this.#outputs.isClosed;
  }

  get #isFull(): boolean {
    return this.#seen >= this.options.count;
  }

  #print(): void {
    const { reader } = this;
    const { end } = reader;
    this.#outputs.reopen(reader.isReopenRequested);
    if (end > reader.start) this.#setTime(this.#printers);
    for (let at = reader.start; at < end && !this.#isFull; at = reader.next(at)) {
      const source = reader.source(at);
      if (reader.size(at) < this.#sizes[source]!) {
        this.#truncated++;
      } else {
        this.#printers[source]!.write(this.#out, at, at);
        this.#seen++;
      }
    }
    this.#outputs.flush(this.#out, true);
    this.#outputs.report();
    const { lost } = reader;
    if (lost > this.#reportedLost) {
      log.warn(`${counted(lost - this.#reportedLost, "event")} lost: a perf buffer was full; read the output faster`);
      this.#reportedLost = lost;
    }
  }

  #takeSamples(): void {
    for (const samples of this.#samples) {
      if (samples.msUntilDue > 0) continue;
      this.#setTime([samples.printer]);
      for (let more = samples.first(); more; more = samples.next()) {
        for (let i = 0; i < more && !this.#isFull; i++) {
          samples.write(this.#out, i);
          this.#seen++;
        }
        this.#outputs.flush(this.#out, true);
        this.#outputs.report();
        if (this.#isDone) break;
      }
    }
  }

  #setTime(printers: readonly Printer[]): void {
    const now = Math.floor(Date.now() / 1000);
    for (const printer of printers) printer.setTime?.(now);
  }
}
