/** Pauses between attempts: they grow, and are random, so that clients do not retry all at once. */

/** The first pause and the longest one, ms. */
const MIN_PAUSE = 1000;
const MAX_PAUSE = 30_000;
const FACTOR = 1.5;
/** A pause is this much longer or shorter than planned, at most. */
const JITTER = 0.3;

export class Backoff {
  #pause = MIN_PAUSE;

  /** @param random a number from 0 to 1. */
  constructor(readonly random: () => number = Math.random) {}

  /**
   * Returns the next pause, ms. @param afterMs the pause that the server asks for, which is not cut
   * short.
   */
  next(afterMs?: number): number {
    const pause = this.#pause * (1 + JITTER * (2 * this.random() - 1));
    this.#pause = Math.min(this.#pause * FACTOR, MAX_PAUSE);
    return afterMs === undefined ? pause : Math.max(pause, afterMs * (1 + JITTER * this.random()));
  }

  reset(): void {
    this.#pause = MIN_PAUSE;
  }
}
