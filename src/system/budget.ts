/**
 * Limits the work for processes, in bytes that are read or in ms: a burst at once, and a rate
 * afterwards. A process that makes the tracer read new files all the time gets no symbols
 * meanwhile, and does not delay the events of other processes.
 */
export class Budget {
  #left: number;
  #at: number;

  /** @param now ms, by a monotonic clock. */
  constructor(
    readonly burst: number,
    readonly perSecond: number,
    now: number = performance.now(),
  ) {
    this.#left = burst;
    this.#at = now;
  }

  /** Returns true if more work may begin, which may exceed the budget. */
  isOpen(now: number = performance.now()): boolean {
    this.#left = Math.min(this.burst, this.#left + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    return this.#left > 0;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }
}
