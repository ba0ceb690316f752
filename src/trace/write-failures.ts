import { say } from "../log.ts";
import { describeErrno } from "../native/errno.ts";
import type { Sink } from "../output/index.ts";

/** The shortest time between two reports, ms, while an output fails and recovers all the time. */
const SILENCE = 1000;
/** The interval between two attempts to write, ms, while no process exits. */
const RETRY_EVERY = 1000;

/** Reports on stderr when writing the output fails, and when it works again. */
export class WriteFailureReporter {
  /** The errno that was reported last; 0: none, or the recovery. */
  #told = 0;
  #toldLost = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param what names the lost items: `exit` or `line`. */
  constructor(
    readonly sink: Sink,
    readonly what: string,
  ) {}

  /**
   * Called after each batch; allocates nothing while writing works. @param isLast report everything
   * now, whenever the last report was.
   */
  update(isLast = false): void {
    const { failure, lost, name } = this.sink;
    // a failure may have begun and ended between two reports
    if (failure === this.#told && (failure || lost === this.#toldLost)) return;
    if (!isLast && performance.now() - this.#toldAt < SILENCE) return;
    const { what } = this;
    if (failure) {
      say.warn(
        `cannot write to ${name}: ${describeErrno(failure)}; all further output is counted as lost until there is room again`,
      );
    } else {
      const more = lost - this.#toldLost;
      say.warn(`${name} can be written again; ${more} ${more === 1 ? `${what} was` : `${what}s were`} lost`);
      this.#toldLost = lost;
    }
    this.#told = failure;
    this.#toldAt = performance.now();
  }

  /** The longest sleep, ms; -1: for ever. @param patience the limit without a failure. */
  patience(patience = -1): number {
    if (!this.sink.failure) return patience;
    return patience < 0 ? RETRY_EVERY : Math.min(patience, RETRY_EVERY);
  }
}
