import { ArgsOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";

/** How many deaths may have pieces under way; the records of one follow each other closely, unless its death was lost. */
const MOST_PENDING = 64;

interface Pieces {
  bytes: Uint8Array;
  length: number;
}

/** Arguments too long for an exit's own record: they come before it, in pieces, by thread. */
export class LongArguments {
  #pending = new Map<number, Pieces>();

  /** Takes a `struct args_record`. */
  add(record: RecordView): void {
    const tid = record.u32(ArgsOffset.tid);
    const offset = record.u32(ArgsOffset.offset);
    const size = record.u32(ArgsOffset.bytes);
    let pieces = this.#pending.get(tid);
    if (offset === 0 || !pieces) {
      pieces = { bytes: new Uint8Array(16 * 1024), length: 0 };
      this.#pending.delete(tid);
      this.#pending.set(tid, pieces);
      for (const oldest of this.#pending.keys()) {
        if (this.#pending.size <= MOST_PENDING) break;
        this.#pending.delete(oldest);
      }
    }
    if (offset !== pieces.length) return;
    if (offset + size > pieces.bytes.length) {
      const larger = new Uint8Array(Math.max(pieces.bytes.length * 2, offset + size));
      larger.set(pieces.bytes);
      pieces.bytes = larger;
    }
    const from = record.start + ArgsOffset.text;
    pieces.bytes.set(record.bytes.subarray(from, from + size), offset);
    pieces.length = offset + size;
  }

  /** What has come of that thread, once. */
  take(tid: number): Uint8Array | undefined {
    const pieces = this.#pending.get(tid);
    this.#pending.delete(tid);
    return pieces?.bytes.subarray(0, pieces.length);
  }
}
