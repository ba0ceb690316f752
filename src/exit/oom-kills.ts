import { OOM_RECORD_BYTES, Offset, OomOffset } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";

/**
 * The number of kills whose exits have not been read yet. The exit of a victim that a filter leaves
 * out is never read, so the oldest kill is evicted.
 */
const MAX_KILLS = 4096;

/** OOM kills (`struct oom_record`), which the BPF program sends before the exits of the victims. */
export class OomKills {
  /** The key is the victim's pid. */
  #kills = new Map<number, RecordView>();

  /** Copies an oom_record. */
  add(record: RecordView): void {
    const bytes = new Uint8Array(record.bytes.subarray(record.start, record.start + OOM_RECORD_BYTES));
    const pid = record.u32(OomOffset.pid);
    // a Map iterates in the order of insertion, so the first key is the oldest
    this.#kills.delete(pid);
    this.#kills.set(pid, new RecordView(bytes, new DataView(bytes.buffer)));
    if (this.#kills.size <= MAX_KILLS) return;
    for (const oldest of this.#kills.keys()) {
      this.#kills.delete(oldest);
      break;
    }
  }

  /**
   * Returns a view of the oom_record about the process of an exit_record; null if it was dropped.
   * It stays, because with --threads several exits have the same one.
   */
  of(exit: RecordView): RecordView | null {
    const kill = this.#kills.get(exit.pid);
    if (!kill) return null;
    const isSame =
      kill.low(OomOffset.startTimeNs) === exit.low(Offset.startTimeNs) &&
      kill.high(OomOffset.startTimeNs) === exit.high(Offset.startTimeNs);
    return isSame ? kill : null;
  }
}
