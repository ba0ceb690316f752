import { log } from "../../log.ts";
import { errorReason } from "../../system/files.ts";
import type { InputPosition } from "./saved-position.ts";
import type { Spool } from "./spool.ts";

/** The time between two writes, ms: the events of it come twice if the exporter is killed. */
const INTERVAL = 1000;

/** Saves the position in FILE for sinks that have no batches in the spool. */
export class PositionKeeper {
  #position: InputPosition | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isReported = false;

  constructor(readonly spool: Spool) {}

  checkpoint(position: InputPosition | undefined): void {
    this.#position = position;
    if (performance.now() - this.#savedAt >= INTERVAL) this.save();
  }

  save(): void {
    this.#savedAt = performance.now();
    try {
      if (this.#position) this.spool.commit([], this.#position);
      this.#isReported = false;
    } catch (error) {
      if (!this.#isReported) log.warn(`the spool ${this.spool.name} cannot be written: ${errorReason(error)}`);
      this.#isReported = true;
    }
  }
}
