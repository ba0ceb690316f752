import { Exit } from "../enrich/exit.ts";
import { Span } from "../enrich/span.ts";
import { openLog } from "../libbpf/object.ts";
import { Collector } from "../libbpf/collector.ts";
import { stopAfter, stopOnSignals, utcOffset, writeAll } from "../libbpf/process.ts";
import { ByteWriter, createFormat, type Format, Sink } from "../output/index.ts";
import { RECORD_BYTES } from "../record/layout.ts";
import { Recorder } from "../record/recorder.ts";
import { RecordView } from "../record/view.ts";
import type { TracePlan } from "../cli/plan.ts";
import { isVerbose, say } from "../cli/say.ts";
import { explain } from "./explain.ts";
import { LossReport } from "./losses.ts";
import { compileLoopsOnly } from "./tiers.ts";

const STDOUT = 1;
/** How long a record that a CPU is still writing may hold up the end, ms. */
const END_PATIENCE = 100;

/** Traces as planned until something ends it. @throws CannotTrace, WriteError */
export function trace(plan: TracePlan): void {
  openLog(isVerbose());
  const { recorder, collector } = start(plan);
  compileLoopsOnly();
  const run = new Run(plan, collector);
  run.follow();
  recorder.detach();
  run.finish();
  collector.close();
  recorder.close();
}

/** From here on nothing that dies is missed without being counted. @throws CannotTrace */
function start(plan: TracePlan) {
  try {
    stopOnSignals();
    const recorder = new Recorder(plan);
    const collector = new Collector(recorder.source, STDOUT);
    recorder.attach();
    if (plan.duration < Number.POSITIVE_INFINITY) stopAfter(plan.duration);
    say.info("Tracing process exits, Ctrl-C to end");
    say.debug(`attached ${Math.round(performance.now())} ms after the start, ring buffer of ${plan.ringSize} bytes`);
    return { recorder, collector };
  } catch (error) {
    throw explain(error);
  }
}

/** The loop from batch to output, and what it counts. */
class Run {
  #out = new ByteWriter();
  #sink = new Sink("standard output", (bytes, length) => writeAll(STDOUT, bytes, length));
  #format: Format;
  #exit: Exit;
  #losses: LossReport;
  #seen = 0;

  constructor(
    readonly plan: TracePlan,
    readonly collector: Collector,
  ) {
    this.#format = createFormat(plan.format, plan.time, plan.hasColor, utcOffset);
    this.#exit = new Exit(new RecordView(collector.bytes, collector.view));
    this.#losses = new LossReport(plan.ringSize);
    if (plan.hasHeader) this.#format.header?.(this.#out);
    this.#sink.flush(this.#out, false);
  }

  /** Until a signal (of ours after --for), the count, or a reader that went away. */
  follow(): void {
    const { collector } = this;
    while (!this.#isDone && !collector.stopSignal && !collector.readerGone) {
      collector.wait();
      this.#print();
    }
  }

  /** What was in the ring when the programs were detached, however long the reader takes for it, and the closing line. */
  finish(): void {
    const { collector } = this;
    let patience = performance.now() + END_PATIENCE;
    do {
      collector.drain();
      this.#print();
      if (!collector.isEmpty) patience = performance.now() + END_PATIENCE;
    } while (collector.pending > 0 && !this.#isDone && performance.now() < patience);
    const { unread } = this.#sink;
    if (unread) say.warn(`the reader of ${this.#sink.name} had stopped reading: ${unread} exits were given up`);
    const stuck = this.#isDone ? 0 : Math.ceil(collector.pending / collector.stride(RECORD_BYTES));
    const seen = this.#seen - unread;
    say.info(`${seen} ${seen === 1 ? "exit" : "exits"}, ${collector.lost + unread + stuck} lost`);
  }

  get #isDone(): boolean {
    return this.#isFull || this.#sink.isClosed;
  }

  get #isFull(): boolean {
    return this.#seen >= this.plan.count;
  }

  /** One batch: every record becomes a line, all lines one write. */
  #print(): void {
    const { collector } = this;
    const exit = this.#exit;
    const { wallSeconds, wallNanoseconds, end } = collector;
    for (let at = collector.start; at < end && !this.#isFull; at = collector.next(at)) {
      exit.record.moveTo(at);
      exit.update(wallSeconds, wallNanoseconds);
      this.#format.exit(this.#out, exit);
      this.#seen++;
    }
    this.#sink.flush(this.#out, true);
    const lost = this.#losses.take(collector.lost);
    if (lost) {
      this.#format.lost?.(this.#out, lost, this.#now());
      this.#sink.flush(this.#out, false);
    }
  }

  #now(): Span {
    const now = new Span();
    const ms = Date.now();
    now.seconds = Math.floor(ms / 1000);
    now.nanoseconds = (ms % 1000) * 1_000_000;
    return now;
  }
}
