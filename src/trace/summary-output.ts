import type { Reader } from "../bpf/reader.ts";
import { log } from "../log.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import type { Summary } from "../views/summary.ts";
import type { OutputWriter } from "./output-writer.ts";
import { PeriodClock, type SummaryClocks } from "./period-clock.ts";

/** A part of the loop that shows sums of exits instead of the exits. */
export interface SummaryDriver {
  /** True if the user has ended the trace. */
  readonly isDone: boolean;
  /** Called before the first batch. */
  begin?(reader: DriverReader): void;
  /**
   * Called after each batch. Allocates nothing until there is something to write.
   * @param exits the number of exits so far.
   */
  update(reader: DriverReader, exits: number): void;
  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number;
  /** Called after the last batch. Returns the number of exits whose sums could not be written. */
  finish(): number;
}

/** The requests that a batch of the reader reports. */
export type DriverReader = Pick<Reader, "isSummaryRequested" | "isRedrawRequested" | "isWatchedReady" | "watch">;

/**
 * Writes a summary of live exits at each interval, on request, and at the end. While an output has
 * no room, or lines are held back, the interval goes on, so that no more than one summary waits.
 */
export class SummaryOutput implements SummaryDriver {
  readonly isDone = false;
  readonly #out = new ByteWriter();
  readonly #clock: PeriodClock;
  /** The time of the next summary; infinity without --interval. */
  #due: number;
  #isRequested = false;
  #hasWritten = false;
  #exits = 0;
  /** The number of exits before the present sums. */
  #exitsBefore = 0;

  /**
   * @param interval ms; infinity: none.
   * @param isHeld returns true while lines are held back from a terminal.
   * @param startedAt when the first exit can have been recorded, by clocks.now().
   */
  constructor(
    readonly summary: Summary,
    readonly outputs: Pick<OutputWriter, "flush" | "isBehind" | "name">,
    readonly interval: number,
    readonly isHeld: () => boolean,
    readonly clocks: SummaryClocks,
    startedAt = clocks.now(),
  ) {
    this.#due = startedAt + interval;
    this.#clock = new PeriodClock(clocks, startedAt);
  }

  /** After SIGUSR1, writes the sums so far, which go on. @throws WriteError */
  update(reader: Pick<DriverReader, "isSummaryRequested">, exits: number): void {
    if (reader.isSummaryRequested) this.#isRequested = true;
    this.#exits = exits;
    if (!this.#isRequested && this.interval === Number.POSITIVE_INFINITY) return;
    const now = this.clocks.now();
    const isDue = now >= this.#due;
    if ((!isDue && !this.#isRequested) || this.#isBlocked) return;
    this.#isRequested = false;
    this.#write(now);
    if (isDue) this.#begin(now);
  }

  /** Writes the sums since the last interval, unless that was the end. @throws WriteError */
  finish(): number {
    if (this.#exits > this.#exitsBefore || !this.#hasWritten) this.#write(this.clocks.now());
    if (!this.outputs.isBehind) return 0;
    log.warn(`${this.outputs.name} had no room for the last summary`);
    return this.#exits - this.#exitsBefore;
  }

  maxSleep(): number {
    return this.#isBlocked ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(this.#due - this.clocks.now()));
  }

  get #isBlocked(): boolean {
    return this.outputs.isBehind || this.isHeld();
  }

  #write(now: number): void {
    this.summary.write(this.#out, this.#clock.period(now));
    this.outputs.flush(this.#out, false);
    this.#hasWritten = true;
  }

  /** Begins new sums. */
  #begin(now: number): void {
    this.summary.clear();
    this.#exitsBefore = this.#exits;
    this.#clock.begin(now);
    // a late summary does not delay the next ones
    this.#due += this.interval * Math.max(1, Math.ceil((now - this.#due) / this.interval));
  }
}
