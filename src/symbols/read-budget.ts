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

  /** Whether a file may be begun. It may then be read to its end, and what it takes too much is paid off first. */
  isOpen(now: number = performance.now()): boolean {
    this.#left = Math.min(this.burst, this.#left + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    return this.#left > 0;
  }

  /** Bytes. */
  spend(bytes: number): void {
    this.#left -= bytes;
  }
}
