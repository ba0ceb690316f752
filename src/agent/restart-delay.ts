/** The first delay before a restart, ms. */
const MIN_DELAY = 100;
const MAX_DELAY = 10_000;
/** A process that ran this many times longer than it would wait is taken for healthy. */
const HEALTHY_FACTOR = 10;

/**
 * The delay before a process is started again. It doubles with each failure, and begins anew after
 * a run that was long in proportion to it.
 */
export class RestartDelay {
  #delay = MIN_DELAY;

  /** Returns the delay after a run of that many ms. */
  next(ran: number): number {
    if (ran >= this.#delay * HEALTHY_FACTOR) this.#delay = MIN_DELAY;
    const delay = this.#delay;
    this.#delay = Math.min(MAX_DELAY, delay * 2);
    return delay;
  }
}
