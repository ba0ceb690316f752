import { Offset } from "./layout.ts";

/** TASK_COMM_LEN of include/linux/sched.h. */
const COMM_BYTES = 16;

/**
 * A window on one record (bpf/recorder.h) in a batch; all but the generic members are those of a `struct exit_record`. One is made per run and moved from record to record:
 * nothing is allocated per event, and what it returns is true only until it moves. 64-bit fields come as two halves,
 * since a JavaScript number would round them.
 */
export class RecordView {
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly view: DataView,
  ) {}

  /** Moves to the record whose first byte is at `at`. */
  moveTo(at: number): this {
    this.#at = at;
    return this;
  }

  /** RecordKind: what the rest may be read as. */
  get kind(): number {
    return this.view.getUint16(this.#at, true);
  }

  /** ExitFlag bits. */
  get flags(): number {
    return this.view.getUint16(this.#at + Offset.flags, true);
  }

  /** The record's first byte in `bytes`. */
  get start(): number {
    return this.#at;
  }

  /** The halves of a u64 of the record, by its Offset. */
  high(field: number): number {
    return this.view.getUint32(this.#at + field + 4, true);
  }

  low(field: number): number {
    return this.view.getUint32(this.#at + field, true);
  }

  /** A u32 of the record. */
  u32(field: number): number {
    return this.view.getUint32(this.#at + field, true);
  }

  u16(field: number): number {
    return this.view.getUint16(this.#at + field, true);
  }

  /** CLOCK_BOOTTIME at death, ns. */
  get diedAtHigh(): number {
    return this.view.getUint32(this.#at + Offset.exitTimeNs + 4, true);
  }

  get diedAtLow(): number {
    return this.view.getUint32(this.#at + Offset.exitTimeNs, true);
  }

  /** Since fork, ns. */
  get durationHigh(): number {
    return this.view.getUint32(this.#at + Offset.durationNs + 4, true);
  }

  get durationLow(): number {
    return this.view.getUint32(this.#at + Offset.durationNs, true);
  }

  get pid(): number {
    return this.view.getInt32(this.#at + Offset.pid, true);
  }

  get tid(): number {
    return this.view.getInt32(this.#at + Offset.tid, true);
  }

  get ppid(): number {
    return this.view.getInt32(this.#at + Offset.ppid, true);
  }

  get uid(): number {
    return this.view.getUint32(this.#at + Offset.uid, true);
  }

  /** What wait() gives the parent; see status.ts. */
  get status(): number {
    return this.view.getInt32(this.#at + Offset.status, true);
  }

  /** Where the name begins in `bytes`; it ends at nameEnd(). */
  get comm(): number {
    return this.#at + Offset.comm;
  }

  get parentComm(): number {
    return this.#at + Offset.parentComm;
  }

  /** KillerKind; the other killer fields have meaning only where it says so. */
  get killerKind(): number {
    return this.view.getUint16(this.#at + Offset.killerKind, true);
  }

  /** A KillerReason. */
  get killerReason(): number {
    return this.view.getUint16(this.#at + Offset.killerReason, true);
  }

  get killerPid(): number {
    return this.view.getInt32(this.#at + Offset.killerPid, true);
  }

  get killerUid(): number {
    return this.view.getUint32(this.#at + Offset.killerUid, true);
  }

  /** si_code of the fatal signal. */
  get killerCode(): number {
    return this.view.getInt32(this.#at + Offset.killerCode, true);
  }

  get killerComm(): number {
    return this.#at + Offset.killerComm;
  }

  /** The end of a NUL-terminated name that begins at `start`. */
  nameEnd(start: number): number {
    let end = start;
    while (end < start + COMM_BYTES && this.bytes[end] !== 0) end++;
    return end;
  }
}
