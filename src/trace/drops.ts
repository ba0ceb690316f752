import { log } from "../log.ts";
import { counted } from "../text/counted.ts";

/** The shortest time between two reports, ms: a machine that drops exits is short of CPU time. */
const MIN_INTERVAL = 1000;

/** A cause of dropped exits, and how many of them were reported. */
class Drop {
  reported = 0;

  /** @param reason ends the message that begins with "3 exits lost: ". */
  constructor(readonly reason: string) {}

  report(total: number): void {
    const added = total - this.reported;
    if (added <= 0) return;
    log.warn(`${counted(added, "exit")} lost: ${this.reason}`);
    this.reported = total;
  }
}

/** Reports on stderr that exits are dropped, while it happens. */
export class DropReporter {
  #ringFull: Drop;
  #missed = new Drop(
    "this kernel can preempt a BPF program, and then skips it for other exits on that CPU; a filter (-x, -p) makes that rarer",
  );
  #counted = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(ringSize: number) {
    this.#ringFull = new Drop(
      `the ring buffer (${ringSize} bytes) was full; use a larger --ring-size or a filter (-x, -p), or read the output faster`,
    );
  }

  /**
   * Called after each batch; allocates nothing while no exit is dropped.
   * @param ringFull the total of exits for which the ring had no room.
   * @param missed the total of exits for which the kernel ran no BPF program. It may decrease: the
   * fallback program counts its exits later than the kernel counts the miss.
   * @param isLast true to report everything now, whenever the last report was.
   * @returns the number of exits dropped since the last call.
   */
  update(ringFull: number, missed: number, isLast = false): number {
    const added = Math.max(0, ringFull + missed - this.#counted);
    this.#counted += added;
    const isNew = ringFull > this.#ringFull.reported || missed > this.#missed.reported;
    if (isNew && (isLast || performance.now() - this.#reportedAt > MIN_INTERVAL)) {
      this.#ringFull.report(ringFull);
      this.#missed.report(missed);
      this.#reportedAt = performance.now();
    }
    return added;
  }
}
