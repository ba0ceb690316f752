import { Timespec } from "../exit/timespec.ts";
import { busyTime } from "../system/cpu-time.ts";
import type { Period } from "../views/summary-data.ts";

/** The clocks of live summaries; tests replace them. */
export interface SummaryClocks {
  /** Returns ms of a clock that is never set. */
  now(): number;
  /** Returns ms since 1970. */
  wall(): number;
  /** Returns how long all CPUs were busy since the boot, ns; undefined: unknown. */
  busyNs(): number | undefined;
}

export const systemClocks: SummaryClocks = {
  now: () => performance.now(),
  wall: () => Date.now(),
  busyNs: busyTime,
};

/** Measures the time that a summary covers. */
export class PeriodClock {
  #from: number;
  #busyFrom: number | undefined;

  /** @param startedAt the beginning of the first period, by clocks.now(). */
  constructor(
    readonly clocks: SummaryClocks,
    startedAt = clocks.now(),
  ) {
    this.#from = startedAt;
    this.#busyFrom = clocks.busyNs();
  }

  /** Begins a period. */
  begin(now: number): void {
    this.#from = now;
    this.#busyFrom = this.clocks.busyNs();
  }

  /** Returns the period up to now. */
  period(now: number): Period {
    const busy = this.clocks.busyNs();
    const isBusyKnown = busy !== undefined && this.#busyFrom !== undefined;
    const wall = this.clocks.wall();
    return {
      from: new Timespec().setMs(wall - (now - this.#from)),
      to: new Timespec().setMs(wall),
      busyNs: isBusyKnown ? Math.max(0, busy - this.#busyFrom!) : undefined,
    };
  }
}
