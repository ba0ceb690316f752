import type { Redactor } from "../exit/redactor.ts";
import type { Timespec } from "../exit/timespec.ts";
import { log } from "../log.ts";
import { createFormat } from "../output/formats.ts";
import { ByteWriter, type ColumnKey, type Format, isDocument, type TracingGap } from "../output/index.ts";
import { exitNow } from "../system/engine.ts";
import { counted } from "../text/counted.ts";
import { quotePath } from "../text/sanitize.ts";
import { ClosingLine } from "../trace/closing-line.ts";
import { closeOutputs, openOutputs, type Output, reportAppending, requireEmpty, truncate } from "../trace/output.ts";
import { LimitOutput } from "../trace/limit-output.ts";
import { OutputWriter } from "../trace/output-writer.ts";
import { UnsearchedReporter } from "../trace/unsearched.ts";
import { ReplayedSummary } from "../views/replayed-summary.ts";
import { checkOutputs, MissingError, partsOf, ReadError, STDIN_NAME } from "./input.ts";
import { localOffset, plainOutputs, terminalSize } from "./plain-output.ts";
import type { ReplayPlan } from "./plan.ts";
import { RecordedExits } from "./recorded-exits.ts";
import { type Recording, recordingsOf } from "./recordings.ts";
import { insideOf, selectionOf } from "./replay-selection.ts";

/** The bytes of lines after which they are written. */
const FLUSH_BYTES = 256 * 1024;
const MS = 1000;

/**
 * Prints the exits of recordings, or their sums, as planned.
 * @returns the exit status. @throws TraceError, WriteError
 */
export async function replay(plan: ReplayPlan): Promise<number> {
  for (const warning of plan.trace.warnings) log.warn(warning);
  const { redact } = plan.trace;
  const redactor = redact && new (await import("../exit/redactor.ts")).Redactor(redact);
  const recordings = recordingsOf(plan.files);
  const outputs = openOutputs(plan.trace.outputs);
  checkOutputs(
    recordings.map(({ file }) => file),
    outputs,
  );
  const { format, truncates } = plan.trace;
  if (isDocument(format)) requireEmpty(outputs, `--format ${format}`, truncates);
  if (truncates) truncate(outputs);
  reportAppending(outputs);
  // a signal is handled while the loop waits for a part, when all lines are written
  const stop = () => exitNow(loop.finish());
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const loop = new ReplayLoop(plan, recordings, plainOutputs(outputs), redactor);
  await loop.run();
  const status = loop.finish();
  closeOutputs(outputs);
  return status;
}

/** Reads recordings part by part, and writes the lines of their exits, or of their sums. */
class ReplayLoop {
  #out = new ByteWriter();
  #outputs: OutputWriter;
  #format: Format;
  /** The format, if it sums up exits. */
  #summary: ReplayedSummary | undefined;
  /** True if a recording could not be read to its end. */
  #isUnread = false;
  /** The number of exits whose sums are written. */
  #summed = 0;
  #exits: RecordedExits;
  #closing: ClosingLine;
  /** The times of the first and the last exit, ms. */
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  readonly #lacksTime: () => boolean;
  /** Undefined: all exits are printed. */
  #limit: LimitOutput | undefined;
  /** The number of suppressed exits of the recordings that lines were written about. */
  #suppressed = 0;
  /** The number of those for which the output has no lines. */
  #omitted = 0;

  /** Writes the header. @throws WriteError */
  constructor(
    readonly plan: ReplayPlan,
    readonly recordings: readonly Recording[],
    outputs: readonly Output[],
    /** Replaces secrets in arguments; undefined: without --redact. */
    readonly redactor: Redactor | undefined,
  ) {
    const { trace } = plan;
    this.#outputs = new OutputWriter(outputs, "exit");
    this.#exits = new RecordedExits(
      selectionOf(plan),
      insideOf(plan),
      (count, noticed) => this.#format.lost?.(this.#out, count, noticed),
      (gap) => this.#addGap(gap),
      redactor,
    );
    this.#lacksTime = this.#exits.lacks("time");
    const size = (index: 0 | 1) => Math.min(...outputs.map(({ fd }) => terminalSize(fd)[index]));
    const options = {
      ...trace,
      width: () => size(0),
      height: () => size(1),
      utcOffset: localOffset(process.env),
    };
    const exits = this.#exits;
    const { summary } = trace;
    if (summary) {
      const lacks = (key: ColumnKey) => exits.lacksSum(key);
      this.#summary = new ReplayedSummary(summary.layout, { ...options, ...summary, lacks }, summary.interval);
    }
    this.#format = this.#summary ?? createFormat(trace.format, { ...options, lacks: (key) => exits.lacks(key) });
    this.#outputs.spansLines = this.#format.spansLines ?? false;
    if (trace.limit) {
      const options = { perSecond: trace.limit, latency: 0, hasNames: true, isHeld: () => false };
      this.#limit = new LimitOutput(this.#format, this.#outputs, options);
    }
    this.#closing = new ClosingLine(trace, 0, () => Math.max(0, this.#last - this.#first));
    if (trace.hasHeader && this.#format.header) this.#outputs.writeHeader((out) => this.#format.header!(out));
  }

  async run(): Promise<void> {
    for (const { file, isSegment } of this.recordings) {
      if (this.#isDone) return;
      const exits = this.#exits;
      exits.open(file === STDIN_NAME ? "standard input" : file);
      try {
        await this.#read(file);
      } catch (error) {
        if (error instanceof MissingError && isSegment) {
          log.info(`${quotePath(file)} was removed meanwhile`);
        } else if (error instanceof ReadError) {
          exits.abandon();
          this.#isUnread = true;
          const name = file === STDIN_NAME ? "standard input" : quotePath(file);
          log.warn(`cannot read the rest of ${name}: ${error.message}; the exits in it are missing`);
        } else {
          throw error;
        }
      }
      if (!this.#isDone && exits.finish()) this.#add();
      this.#flush();
    }
  }

  async #read(file: string): Promise<void> {
    const exits = this.#exits;
    for await (const part of partsOf(file)) {
      exits.begin(part);
      this.#format.begin?.();
      while (!this.#isFull && exits.next()) this.#add();
      this.#flush();
      if (this.#isDone) return;
    }
  }

  /** Prints what is known at the end. Returns the exit status: 1 if exits are missing. */
  finish(): number {
    const { leftOut, lost, hasEvents } = this.#exits;
    const unsummed = this.#finishSummary() + (this.#limit?.finish(this.#out) ?? 0);
    if (this.#format.footer) this.#outputs.writeFooter((out) => this.#format.footer!(out));
    this.#outputs.finish();
    const undelivered = this.#outputs.undelivered + unsummed;
    const text = leftOut.text();
    if (text) log.warn(hasEvents ? text : `${text}; exitsnoop replay reads what exitsnoop -j wrote`);
    if (this.#omitted) log.warn(`${counted(this.#omitted, "exit")} missing: --limit suppressed them in the recording`);
    new UnsearchedReporter(this.redactor).update(true);
    const suppressed = this.#suppressed + (this.#limit?.reported ?? 0);
    log.info(this.#closing.text(Math.min(undelivered, this.#closing.exits), lost + undelivered, suppressed));
    return this.#isUnread || this.#outputs.lost > 0 || this.#isSummaryStuck ? 1 : 0;
  }

  /** Writes the last sums. Returns the number of exits whose sums could not be written. */
  #finishSummary(): number {
    if (!this.#summary) return 0;
    if (!this.#isSummaryStuck) {
      this.#summary.finish(this.#out);
      this.#flushSums();
    }
    const { late } = this.#summary;
    if (late)
      log.warn(`${counted(late, "exit")} counted in a later interval: name the recordings in the order of their times`);
    if (this.#isSummaryStuck) log.warn(`${this.#outputs.name} had no room for a summary, which ends the replay`);
    return this.#closing.exits - this.#summed;
  }

  #add(): void {
    const { exit, suppressed } = this.#exits;
    if (suppressed > 0) return this.#addSuppressed(suppressed);
    const before = this.#out.length;
    if (!this.#limit || this.#limit.admits(this.#out, exit)) this.#format.exit(this.#out, exit);
    if (this.#summary && this.#out.length > before) this.#flushSums();
    this.#closing.add(exit);
    if (!this.#lacksTime()) this.#addTime(exit.exitTime);
    if (this.#out.length >= FLUSH_BYTES) this.#flush();
  }

  /** Passes on a line about exits that were suppressed when they were recorded. */
  #addSuppressed(count: number): void {
    const { exit, suppressedExits } = this.#exits;
    if (!this.#format.suppressed && !this.#summary) {
      this.#omitted += count;
      return;
    }
    const before = this.#out.length;
    if (this.#summary) {
      this.#summary.exit(this.#out, exit, count);
      if (this.#out.length > before) this.#flushSums();
    } else {
      this.#flush();
      this.#format.suppressed!(this.#out, suppressedExits);
      this.#outputs.flush(this.#out, false, [count]);
    }
    this.#closing.add(exit, count);
    if (!this.#summary) this.#suppressed += count;
    this.#addTime(suppressedExits.first);
    this.#addTime(suppressedExits.last);
  }

  #addGap(gap: TracingGap): void {
    if (this.#format.gap) return this.#format.gap(this.#out, gap);
    const [from, to] = [gap.from, gap.to].map(({ seconds }) => new Date(seconds * MS).toISOString().slice(0, 19));
    log.warn(`no tracer ran from ${from}Z to ${to}Z`);
  }

  #addTime({ ms }: Timespec): void {
    if (ms < this.#first) this.#first = ms;
    if (ms > this.#last) this.#last = ms;
  }

  #flush(): void {
    this.#outputs.flush(this.#out, !this.#summary);
    this.#outputs.report();
  }

  /** Called when the buffer has the sums of all exits so far. */
  #flushSums(): void {
    this.#flush();
    if (!this.#outputs.isBehind) this.#summed = this.#closing.exits;
  }

  get #isDone(): boolean {
    return this.#isFull || this.#outputs.isClosed || this.#isSummaryStuck;
  }

  /** True if an output has no room for sums: reading on would only gather more of them. */
  get #isSummaryStuck(): boolean {
    return this.#summary !== undefined && this.#outputs.isBehind;
  }

  get #isFull(): boolean {
    return this.#closing.exits >= this.plan.trace.count;
  }
}
