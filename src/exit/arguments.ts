import { ArgsOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";

/**
 * The maximum number of threads with incomplete arguments. The records of one exit follow each
 * other closely, so an older entry belongs to an exit whose record was dropped.
 */
const MAX_PENDING = 64;
const INITIAL_BYTES = 16 * 1024;

interface Arguments {
  bytes: Uint8Array;
  length: number;
}

/**
 * Arguments that are too long for a `struct exit_record`: the BPF program sends them before it, in
 * chunks (`struct args_record`).
 */
export class LongArguments {
  /** The key is a thread id. */
  #pending = new Map<number, Arguments>();

  /** Appends the chunk in an args_record; ignores it if an earlier chunk was dropped. */
  add(record: RecordView): void {
    const tid = record.u32(ArgsOffset.tid);
    const offset = record.u32(ArgsOffset.offset);
    const size = record.u32(ArgsOffset.bytes);
    let args = this.#pending.get(tid);
    if (offset === 0) {
      args = { bytes: new Uint8Array(INITIAL_BYTES), length: 0 };
      // a Map iterates in the order of insertion, so the first key is the oldest
      this.#pending.delete(tid);
      this.#pending.set(tid, args);
      for (const oldest of this.#pending.keys()) {
        if (this.#pending.size <= MAX_PENDING) break;
        this.#pending.delete(oldest);
      }
    }
    if (offset !== args?.length) return;
    if (offset + size > args.bytes.length) {
      const larger = new Uint8Array(Math.max(args.bytes.length * 2, offset + size));
      larger.set(args.bytes);
      args.bytes = larger;
    }
    const from = record.start + ArgsOffset.text;
    args.bytes.set(record.bytes.subarray(from, from + size), offset);
    args.length = offset + size;
  }

  /** Returns the arguments received for a thread, and removes them. */
  take(tid: number): Uint8Array | undefined {
    const args = this.#pending.get(tid);
    this.#pending.delete(tid);
    return args?.bytes.subarray(0, args.length);
  }
}
