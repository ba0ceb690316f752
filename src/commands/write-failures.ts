import { say } from "../cli/say.ts";
import { describeErrno } from "../libbpf/errno.ts";
import type { Sink } from "../output/index.ts";

/** An output that fails and recovers all the time is reported at most this often, ms. */
const SILENCE = 1000;
/** How often an output that fails is tried again while nothing dies, ms. */
const RETRY_EVERY = 1000;

/** Reports on stderr when the output cannot be written, and when it can be again. */
export class WriteFailures {
  /** The errno that was reported; 0: none, or the recovery from it. */
  #told = 0;
  #toldLost = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param what is lost: `exit` or `line`. */
  constructor(
    readonly sink: Sink,
    readonly what: string,
  ) {}

  /** Called after each batch; allocates nothing while all is well. @param isLast nothing may be left unsaid. */
  update(isLast = false): void {
    const { failure, lost, name } = this.sink;
    // a failure may have come and gone between two reports
    if (failure === this.#told && (failure || lost === this.#toldLost)) return;
    if (!isLast && performance.now() - this.#toldAt < SILENCE) return;
    const { what } = this;
    if (failure) {
      say.warn(
        `cannot write to ${name}: ${describeErrno(failure)}; what comes is counted as lost until there is room again`,
      );
    } else {
      const more = lost - this.#toldLost;
      say.warn(`${name} can be written again; ${more} ${more === 1 ? `${what} was` : `${what}s were`} lost`);
      this.#toldLost = lost;
    }
    this.#told = failure;
    this.#toldAt = performance.now();
  }

  /** How long a sleep may be, ms; -1: for ever. @param patience without a failure. */
  patience(patience = -1): number {
    if (!this.sink.failure) return patience;
    return patience < 0 ? RETRY_EVERY : Math.min(patience, RETRY_EVERY);
  }
}
