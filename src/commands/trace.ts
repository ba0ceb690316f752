import { Exit } from "../enrich/exit.ts";
import { Span } from "../enrich/span.ts";
import { openLog } from "../libbpf/object.ts";
import { Collector } from "../libbpf/collector.ts";
import { stopOnSignals, writeAll } from "../libbpf/process.ts";
import { ByteWriter, createFormat, type Format, Sink } from "../output/index.ts";
import { Recorder } from "../record/recorder.ts";
import { RecordView } from "../record/view.ts";
import type { TracePlan } from "../cli/plan.ts";
import { isVerbose, say } from "../cli/say.ts";
import { explain } from "./explain.ts";
import { LossReport } from "./losses.ts";

const STDOUT = 1;
/** The longest that poll(2) is asked to sleep at once, ms. */
const LONGEST_SLEEP = 1 << 30;
/** How long a record that a CPU is still writing may hold up the end, ms. */
const END_PATIENCE = 100;

/** Traces as planned until something ends it. @throws CannotTrace, WriteError */
export function trace(plan: TracePlan): void {
  openLog(isVerbose());
  const { recorder, collector } = start(plan);
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
    const recorder = new Recorder(plan);
    const collector = new Collector(recorder.source, STDOUT);
    stopOnSignals();
    recorder.attach();
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
  #deadline: number;

  constructor(
    readonly plan: TracePlan,
    readonly collector: Collector,
  ) {
    this.#format = createFormat(plan.format, plan.time, plan.hasColor);
    this.#exit = new Exit(new RecordView(collector.bytes, collector.view));
    this.#losses = new LossReport(plan.ringSize);
    this.#deadline = performance.now() + plan.duration;
    if (plan.hasHeader) this.#format.header?.(this.#out);
    this.#sink.flush(this.#out);
  }

  /** Until a signal, the deadline, the count, or a reader that went away. */
  follow(): void {
    const { collector } = this;
    while (!this.#isFull && !this.#sink.isClosed) {
      const left = Math.ceil(this.#deadline - performance.now());
      if (left <= 0) return;
      collector.wait(left < LONGEST_SLEEP ? left : left === Number.POSITIVE_INFINITY ? -1 : LONGEST_SLEEP);
      this.#print();
      if (collector.stopSignal || collector.readerGone) return;
    }
  }

  /** What was in the ring when the programs were detached, and the closing line. */
  finish(): void {
    const patience = performance.now() + END_PATIENCE;
    do {
      this.collector.drain();
      this.#print();
    } while (this.collector.pending > 0 && !this.#isFull && !this.#sink.isClosed && performance.now() < patience);
    if (this.#sink.unread) {
      say.warn(`the reader of ${this.#sink.name} had stopped reading: ${this.#sink.unread} lines were given up`);
    }
    const lost = this.collector.lost + this.#sink.unread;
    const seen = this.#seen - this.#sink.unread;
    say.info(`${seen} ${seen === 1 ? "exit" : "exits"}, ${lost} lost`);
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
    const lost = this.#losses.take(collector.lost);
    if (lost) this.#format.lost?.(this.#out, lost, this.#now());
    this.#sink.flush(this.#out);
  }

  #now(): Span {
    const now = new Span();
    const ms = Date.now();
    now.seconds = Math.floor(ms / 1000);
    now.nanoseconds = (ms % 1000) * 1_000_000;
    return now;
  }
}
