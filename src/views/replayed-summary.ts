import type { Exit } from "../exit/exit.ts";
import { Timespec } from "../exit/timespec.ts";
import type { Format } from "../output/index.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { Summary } from "./summary.ts";
import type { SummaryLayout, SummaryOptions } from "./summary-data.ts";

/**
 * Sums up replayed exits by their own times: each interval begins a multiple of its length after
 * the first exit. Intervals without exits are left out. An exit without a time, or from before the
 * current interval (in a second recording, for example), counts in the current one. How busy the
 * machine was is not known.
 */
export class ReplayedSummary implements Format {
  readonly #summary: Summary;
  readonly header;
  readonly lost;
  /** The times of the first and the last exit since clear(). */
  readonly #first = new Timespec();
  readonly #last = new Timespec();
  #hasTimes = false;
  #hasExits = false;
  readonly #lacksTime: (exit: Exit) => boolean;
  /** The number of exits that are older than the interval before the one in which they count. */
  late = 0;
  /** The end of the present interval, ms since 1970; NaN: there was no exit. */
  #end = Number.NaN;

  /** @param interval ms; infinity: one summary of all exits. */
  constructor(
    layout: SummaryLayout,
    options: SummaryOptions,
    readonly interval: number,
  ) {
    this.#summary = new Summary(layout, options);
    this.#lacksTime = options.lacks?.("time") ?? (() => false);
    this.header = this.#summary.header;
    this.lost = this.#summary.lost;
  }

  /**
   * Counts an exit, or several like it. Writes the sums of the interval before it, if that is over.
   */
  exit(out: ByteWriter, exit: Exit, count = 1): void {
    if (!this.#lacksTime(exit)) this.#addTime(out, exit.exitTime);
    this.#hasExits = true;
    this.#summary.exit(out, exit, count);
  }

  #addTime(out: ByteWriter, exitTime: Timespec): void {
    const { ms } = exitTime;
    if (ms >= this.#end) this.#endInterval(out, ms);
    if (Number.isNaN(this.#end)) this.#end = ms + this.interval;
    if (ms < this.#end - 2 * this.interval) this.late++;
    if (!this.#hasTimes || ms < this.#first.ms) this.#first.setTo(exitTime);
    if (!this.#hasTimes || ms > this.#last.ms) this.#last.setTo(exitTime);
    this.#hasTimes = true;
  }

  /** Writes the last sums. Without exits there is no time that they could cover. */
  finish(out: ByteWriter): void {
    if (this.#hasExits) this.#write(out);
  }

  #endInterval(out: ByteWriter, ms: number): void {
    if (this.#hasExits) this.#write(out);
    this.#summary.clear();
    this.#hasExits = false;
    this.#hasTimes = false;
    this.#end += this.interval * (1 + Math.floor((ms - this.#end) / this.interval));
  }

  #write(out: ByteWriter): void {
    const isWhole = this.interval === Number.POSITIVE_INFINITY;
    const isUnknown = Number.isNaN(this.#end);
    this.#summary.write(out, {
      from: isWhole || isUnknown ? this.#first : new Timespec().setMs(this.#end - this.interval),
      to: isWhole || isUnknown ? this.#last : new Timespec().setMs(this.#end),
      isUnknown,
      busyNs: undefined,
    });
  }
}
