import { say } from "../log.ts";

/** Not more often than that, ms; a machine that loses exits has no time for our complaints. */
const SILENCE = 1000;

/** One way to lose exits. */
class Loss {
  /** How many of them are told. */
  told = 0;

  /** @param why in words, behind "3 exits lost: ". */
  constructor(readonly why: string) {}

  tell(total: number): void {
    const more = total - this.told;
    if (more <= 0) return;
    say.warn(`${more} ${more === 1 ? "exit" : "exits"} lost: ${this.why}`);
    this.told = total;
  }
}

/** Tells of lost exits as they happen, and keeps what has been told. */
export class DropReporter {
  #full: Loss;
  #missed = new Loss(
    "this kernel may interrupt a BPF program, and does not run it for who dies on that CPU meanwhile; a filter (-x, -p) makes it rarer",
  );
  #counted = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(ringSize: number) {
    this.#full = new Loss(
      `the ring buffer (${ringSize} bytes) was full; a larger --ring-size, a filter (-x, -p) or a faster reader helps`,
    );
  }

  /**
   * Takes the totals so far; returns how many are new, and says so on stderr.
   * @param full exits that the ring had no room for.
   * @param missed exits of which no program was told.
   */
  take(full: number, missed: number): number {
    // a stand-in may say only now that it was there
    const fresh = Math.max(0, full + missed - this.#counted);
    this.#counted += fresh;
    // each batch comes by here: nothing is allocated where there is nothing to tell
    if ((full > this.#full.told || missed > this.#missed.told) && performance.now() - this.#toldAt > SILENCE) {
      this.#full.tell(full);
      this.#missed.tell(missed);
      this.#toldAt = performance.now();
    }
    return fresh;
  }
}
