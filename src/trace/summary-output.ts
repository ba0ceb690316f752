import { Timespec } from "../exit/timespec.ts";
import { log } from "../log.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import type { Summary } from "../views/summary.ts";
import type { OutputWriter } from "./output-writer.ts";

const MS_PER_SECOND = 1000;
const NS_PER_MS = 1_000_000;

/** The clocks of a live summary; tests replace them. */
export interface SummaryClocks {
  /** Returns ms of a clock that is never set. */
  now(): number;
  /** Returns ms since 1970. */
  wall(): number;
  /** Returns how long all CPUs were busy since the boot, ns; undefined: unknown. */
  busyNs(): number | undefined;
}

/**
 * Writes a summary of live exits at each interval, on request, and at the end. While an output has
 * no room, or lines are held back, the interval goes on, so that no more than one summary waits.
 */
export class SummaryOutput {
  readonly #out = new ByteWriter();
  /** The start of the present sums. */
  #from: number;
  #busyFrom: number | undefined;
  /** The time of the next summary; infinity without --interval. */
  #due: number;
  #isRequested = false;
  #hasWritten = false;
  #hasExits = false;

  /**
   * @param interval ms; infinity: none.
   * @param isHeld returns true while lines are held back from a terminal.
   * @param startedAt when the first exit can have been recorded, by clocks.now().
   */
  constructor(
    readonly summary: Summary,
    readonly outputs: Pick<OutputWriter, "flush" | "isWaiting" | "name">,
    readonly interval: number,
    readonly isHeld: () => boolean,
    readonly clocks: SummaryClocks,
    startedAt = clocks.now(),
  ) {
    this.#from = startedAt;
    this.#due = startedAt + interval;
    this.#busyFrom = clocks.busyNs();
  }

  /**
   * Called after each batch. Allocates nothing until a summary is due.
   * @param isRequested true after SIGUSR1: writes the sums so far, which go on. @throws WriteError
   */
  update(isRequested: boolean, hasExits: boolean): void {
    if (isRequested) this.#isRequested = true;
    if (hasExits) this.#hasExits = true;
    if (!this.#isRequested && this.interval === Number.POSITIVE_INFINITY) return;
    const now = this.clocks.now();
    const isDue = now >= this.#due;
    if ((!isDue && !this.#isRequested) || this.#isBlocked) return;
    this.#isRequested = false;
    this.#write(now);
    if (isDue) this.#begin(now);
  }

  /** Writes the sums since the last interval, unless that was the end. @throws WriteError */
  finish(): void {
    if (this.#hasExits || !this.#hasWritten) this.#write(this.clocks.now());
    if (this.outputs.isWaiting) log.warn(`${this.outputs.name} had no room for the last summary`);
  }

  /** Returns how long the tracer may sleep, ms; -1: no limit. @param limit without a summary. */
  maxSleep(limit: number): number {
    if (this.#due === Number.POSITIVE_INFINITY || this.#isBlocked) return limit;
    const ms = Math.max(1, Math.ceil(this.#due - this.clocks.now()));
    return limit < 0 ? ms : Math.min(limit, ms);
  }

  get #isBlocked(): boolean {
    return this.outputs.isWaiting || this.isHeld();
  }

  #write(now: number): void {
    const { clocks } = this;
    const busy = clocks.busyNs();
    const isBusyKnown = busy !== undefined && this.#busyFrom !== undefined;
    const wall = clocks.wall();
    this.summary.write(this.#out, {
      from: timeOf(wall - (now - this.#from)),
      to: timeOf(wall),
      busyNs: isBusyKnown ? Math.max(0, busy - this.#busyFrom!) : undefined,
    });
    this.outputs.flush(this.#out, false);
    this.#hasWritten = true;
  }

  /** Begins new sums. */
  #begin(now: number): void {
    this.summary.clear();
    this.#hasExits = false;
    this.#from = now;
    this.#busyFrom = this.clocks.busyNs();
    // a late summary does not delay the next ones
    this.#due += this.interval * Math.max(1, Math.ceil((now - this.#due) / this.interval));
  }
}

function timeOf(ms: number): Timespec {
  const seconds = Math.floor(ms / MS_PER_SECOND);
  return new Timespec().add(seconds, Math.floor((ms - seconds * MS_PER_SECOND) * NS_PER_MS));
}
