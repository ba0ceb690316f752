import { say } from "../cli/say.ts";

/** Not more often than that, ms; a machine that loses exits has no time for our complaints. */
const SILENCE = 1000;

/** Tells of lost exits as they happen, and keeps what has been told. */
export class LossReport {
  #counted = 0;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(readonly ringSize: number) {}

  /** Takes the total so far; returns how many are new, and says so on stderr. */
  take(total: number): number {
    const fresh = total - this.#counted;
    this.#counted = total;
    if (total > this.#told && performance.now() - this.#toldAt > SILENCE) {
      say.warn(
        `${total - this.#told} exits lost: the ring buffer (${this.ringSize} bytes) was full; ` +
          "a larger --ring-size, a filter (-x, -p) or a faster reader helps",
      );
      this.#told = total;
      this.#toldAt = performance.now();
    }
    return fresh;
  }
}
