/**
 * So much may be read at once, and so much more each second. Whoever lets us read new files without end, or more of them than are
 * remembered, gets no names for a while, and everybody else's events are not kept waiting.
 */
export class ReadBudget {
  #left: number;
  #at: number;

  /** @param burst bytes. @param perSecond bytes. @param now ms, of any clock that does not go back. */
  constructor(
    readonly burst: number,
    readonly perSecond: number,
    now: number = performance.now(),
  ) {
    this.#left = burst;
    this.#at = now;
  }

  /** Whether so many bytes may be read; then they are taken off. */
  take(bytes: number, now: number = performance.now()): boolean {
    this.#left = Math.min(this.burst, this.#left + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
