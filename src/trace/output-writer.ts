import { log } from "../log.ts";
import { Sink } from "../output/sink.ts";
import { reopenOutput } from "../system/output-file.ts";
import { isTerminal, terminalHeight, terminalWidth } from "../system/tty.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { type Output, sizeOf } from "./output.ts";
import { MAX_WRITE } from "./segments.ts";
import { WriteFailureReporter } from "./write-failures.ts";

/** The interval at which the tracer asks for a file that takes long to be reopened, ms. */
const REOPEN_INTERVAL = 50;

const NONE: readonly number[] = [];

type WriteLines = (out: ByteWriter) => void;

/** An output with its sink, and what was reported about it. */
class Target {
  readonly sink: Sink;
  readonly failures: WriteFailureReporter;
  /** The number of dropped exits for which a line was written. */
  reportedDrops = 0;
  isReportedClosed = false;
  isReopening = false;

  constructor(
    readonly output: Output,
    what: string,
  ) {
    this.sink = new Sink(output.name, output.write);
    this.failures = new WriteFailureReporter(this.sink, what);
  }
}

/**
 * Writes the same lines to every output of a run, through a sink each. An item (an exit, or a line
 * of a package) counts as lost if one of the outputs lacks it.
 */
export class OutputWriter {
  #targets: Target[];
  /** How many bytes may be passed to flush() at once, beyond a line. */
  readonly maxWrite: number;
  /** Undefined until a size is needed. It stays: a file that is reopened is never a terminal. */
  #areTerminals: boolean | undefined;
  /** The buffer for headers and lines about dropped exits. */
  #own = new ByteWriter();
  #header: WriteLines | undefined;
  #lost = 0;
  #undelivered = 0;

  /** @param what names the items in messages: `exit` or `line`. */
  constructor(
    outputs: readonly Output[],
    readonly what: string,
  ) {
    this.#targets = outputs.map((output) => new Target(output, what));
    this.maxWrite = outputs.some(({ segments }) => segments) ? MAX_WRITE : Number.POSITIVE_INFINITY;
  }

  /** True if the readers of all outputs have closed them. */
  get isClosed(): boolean {
    const targets = this.#targets;
    for (let i = 0; i < targets.length; i++) if (!targets[i]!.sink.isClosed) return false;
    return true;
  }

  /** True if an output lacks the end of what was passed to flush() last. */
  get isBehind(): boolean {
    const targets = this.#targets;
    for (let i = 0; i < targets.length; i++) if (targets[i]!.sink.isBehind) return true;
    return false;
  }

  /** The number of items that an output had no room for. */
  get lost(): number {
    return this.#lost;
  }

  /** The number of items that are lost, or that the reader of an output did not take. */
  get undelivered(): number {
    return this.#undelivered;
  }

  /** The names of the outputs in messages. */
  get name(): string {
    return this.#targets.map(({ output }) => output.name).join(" and ");
  }

  /** Sets Format.spansLines of the lines that are written. */
  set spansLines(spansLines: boolean) {
    for (const { sink } of this.#targets) sink.spansLines = spansLines;
  }

  /** Returns the height of the lowest terminal; 0 if one of the outputs is not a terminal. */
  height(): number {
    return this.#smallest(terminalHeight);
  }

  /** Returns the width of the narrowest terminal; 0 if one of the outputs is not a terminal. */
  width(): number {
    return this.#smallest(terminalWidth);
  }

  /** Returns the smallest size; 0, without asking, if one of the outputs is not a terminal. */
  #smallest(measure: (fd: number) => number): number {
    this.#areTerminals ??= this.#targets.every(({ output }) => isTerminal(output.fd));
    if (!this.#areTerminals) return 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (const { output } of this.#targets) smallest = Math.min(smallest, measure(output.fd));
    return smallest;
  }

  /**
   * Writes the lines in the buffer to every output, and empties it. Allocates nothing.
   * @param areItems true if each line is an item. @param folded the numbers of items that
   * other lines count, one for each line. @throws WriteError
   */
  flush(out: ByteWriter, areItems: boolean, folded = NONE): void {
    const targets = this.#targets;
    let lost = Number.NEGATIVE_INFINITY;
    let undelivered = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < targets.length; i++) {
      const { sink, output } = targets[i]!;
      if (output.segments) this.#continueSegments(targets[i]!, out.length, areItems);
      const lostBefore = sink.lost;
      const before = lostBefore + sink.unread;
      sink.flush(out, areItems, folded);
      // a sink loses the end of a batch, so the one that lost most has lost what the others have
      lost = Math.max(lost, sink.lost - lostBefore);
      undelivered = Math.max(undelivered, sink.lost + sink.unread - before);
    }
    this.#lost += lost;
    this.#undelivered += undelivered;
    out.reset();
  }

  /**
   * Begins the next segment of an output if it is time. A line whose start is written stays whole.
   * @throws WriteError
   */
  #continueSegments(target: Target, length: number, areItems: boolean): void {
    const { output, sink } = target;
    const segments = output.segments!;
    // after a failure nothing was written, so what waits are whole lines
    if (sink.isWaiting && !segments.failure) return;
    if (!segments.begin(length, areItems)) return;
    sink.restart(this.#header !== undefined);
    this.#writeHeaderTo(target);
    log.debug(`began a segment in ${output.name}`);
  }

  /** Writes the header to the outputs that are empty, and to reopened ones. @throws WriteError */
  writeHeader(header: WriteLines): void {
    this.#header = header;
    for (const target of this.#targets) this.#writeHeaderTo(target);
  }

  #writeHeaderTo({ output, sink }: Target): void {
    if (!this.#header || sizeOf(output) > 0) return;
    this.#header(this.#own);
    sink.flush(this.#own, false);
    this.#own.reset();
  }

  /** Writes the end of a document, after all exits. @throws WriteError */
  writeFooter(footer: WriteLines): void {
    for (const { sink } of this.#targets) {
      footer(this.#own);
      sink.flush(this.#own, false);
      this.#own.reset();
    }
  }

  /**
   * Reopens the files of --output; in a directory the next segment begins. What was flushed is
   * in the old files, and later lines go to the new ones.
   * @param isRequested true after a signal; otherwise only goes on with what takes long.
   * @throws WriteError
   */
  reopen(isRequested: boolean): void {
    for (const target of this.#targets) {
      const { segments } = target.output;
      if (segments) {
        if (isRequested) segments.request();
        continue;
      }
      if (target.output.isFile && (isRequested || target.isReopening)) this.#reopen(target, isRequested);
    }
  }

  #reopen(target: Target, isRequested: boolean): void {
    const { output, sink } = target;
    const result = reopenOutput(output.fd, isRequested);
    target.isReopening = result === "pending";
    if (result === "pending") return;
    if (result !== "done") {
      log.warn(`cannot reopen ${output.name}: ${result.reason}; the old file stays open`);
      return;
    }
    sink.restart(this.#header !== undefined);
    this.#writeHeaderTo(target);
    log.debug(`reopened ${output.name}`);
  }

  /**
   * Writes a line to each output that lacks exits, once all its earlier lines are written.
   * @param drops the number of exits that the kernel dropped so far. @throws WriteError
   */
  writeDrops(drops: number, write: (out: ByteWriter, count: number) => void): void {
    for (const target of this.#targets) {
      const { sink } = target;
      const count = drops + sink.lost - target.reportedDrops;
      if (count <= 0 || sink.isWaiting) continue;
      write(this.#own, count);
      target.reportedDrops += count;
      sink.flush(this.#own, false);
      this.#own.reset();
    }
  }

  /** Reports failed writes, and readers that went away, as they happen. */
  report(): void {
    for (const target of this.#targets) {
      target.failures.update();
      if (!target.sink.isClosed || target.isReportedClosed) continue;
      target.isReportedClosed = true;
      if (!this.isClosed)
        log.warn(`the reader of ${target.output.name} closed it; the trace goes on for the other outputs`);
    }
  }

  /** Reports what was not reported yet, at the end. */
  finish(): void {
    for (const { failures, sink } of this.#targets) {
      failures.update(true);
      const { unread, name } = sink;
      const were = unread === 1 ? " was" : "s were";
      if (unread) log.warn(`the reader of ${name} had stopped reading: ${unread} ${this.what}${were} not written`);
    }
  }

  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number {
    let sleep = Number.POSITIVE_INFINITY;
    for (const { failures, isReopening, output } of this.#targets) {
      sleep = Math.min(sleep, failures.maxSleep(), isReopening ? REOPEN_INTERVAL : sleep);
      if (output.segments) sleep = Math.min(sleep, output.segments.maxSleep());
    }
    return sleep;
  }
}
