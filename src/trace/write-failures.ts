import { log } from "../log.ts";
import { describeErrno } from "../native/errno.ts";
import type { Sink } from "../output/index.ts";

/** The shortest time between two reports, ms, while an output fails and recovers all the time. */
const MIN_INTERVAL = 1000;
/** The interval between two attempts to write, ms, while no process exits. */
const RETRY_INTERVAL = 1000;

/** Reports on stderr when writing the output fails, and when it works again. */
export class WriteFailureReporter {
  /** The errno that was reported last; 0: none, or the recovery. */
  #reported = 0;
  #reportedDrops = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @param what names the dropped items: `exit` or `line`. */
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
    if (failure === this.#reported && (failure || lost === this.#reportedDrops)) return;
    if (!isLast && performance.now() - this.#reportedAt < MIN_INTERVAL) return;
    const { what } = this;
    if (failure) {
      log.warn(
        `cannot write to ${name}: ${describeErrno(failure)}; all further output is counted as lost until there is room again`,
      );
    } else {
      const added = lost - this.#reportedDrops;
      log.warn(`${name} can be written again; ${added} ${added === 1 ? `${what} was` : `${what}s were`} lost`);
      this.#reportedDrops = lost;
    }
    this.#reported = failure;
    this.#reportedAt = performance.now();
  }

  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number {
    return this.sink.failure ? RETRY_INTERVAL : Number.POSITIVE_INFINITY;
  }
}
