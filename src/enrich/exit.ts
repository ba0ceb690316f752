import type { RecordView } from "../record/view.ts";
import { Span } from "./span.ts";

/**
 * One exit, as the formats see it: the record, and what only user space knows of it. One is made per run and filled
 * anew for each record.
 */
export class Exit {
  /** When it died, since 1970 UTC, taken in the kernel. */
  readonly died = new Span();
  /** How long it lived. */
  readonly lived = new Span();

  constructor(readonly record: RecordView) {}

  /**
   * The record has moved. The wall clock's distance from the boot clock is that of the batch: somebody may step the clock while we
   * run, and a record shows the time that the clock showed then, to a batch.
   */
  update(wallSeconds: number, wallNanoseconds: number): void {
    const { record } = this;
    this.died.set(record.diedAtHigh, record.diedAtLow).add(wallSeconds, wallNanoseconds);
    this.lived.set(record.durationHigh, record.durationLow);
  }
}
