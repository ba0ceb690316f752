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
   * To be called when the record has moved. It takes the distance of the wall clock from the boot clock anew from each batch,
   * since somebody may step the clock while we run.
   */
  update(wallSeconds: number, wallNanoseconds: number): void {
    const { record } = this;
    this.died.set(record.diedAtHigh, record.diedAtLow).add(wallSeconds, wallNanoseconds);
    this.lived.set(record.durationHigh, record.durationLow);
  }
}
