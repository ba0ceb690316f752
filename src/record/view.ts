import { COMM_LEN, Offset } from "./layout.ts";

/**
 * A view of one record of a batch, with the members of struct exit_record in bpf/recorder.h. It is
 * moved from record to record, so that reading an exit allocates nothing; what it returns is valid
 * until then. A 64-bit member is read as two halves, because a JavaScript number would round it.
 */
export class RecordView {
  #at = 0;

  constructor(
    public bytes: Uint8Array,
    public view: DataView,
  ) {}

  /** Moves to the record of another view. */
  lookAt(other: RecordView): this {
    this.bytes = other.bytes;
    this.view = other.view;
    return this.moveTo(other.start);
  }

  /** Moves to the record that begins at an offset in `bytes`. */
  moveTo(at: number): this {
    this.#at = at;
    return this;
  }

  /** A RecordKind. Only exit records have the other members. */
  get kind(): number {
    return this.view.getUint16(this.#at, true);
  }

  /** ExitFlag bits. */
  get flags(): number {
    return this.view.getUint16(this.#at + Offset.flags, true);
  }

  /** The offset of the record in `bytes`. */
  get start(): number {
    return this.#at;
  }

  /** Returns the upper half of the u64 at an Offset. */
  high(field: number): number {
    return this.view.getUint32(this.#at + field + 4, true);
  }

  /** Returns the lower half of the u64 at an Offset. */
  low(field: number): number {
    return this.view.getUint32(this.#at + field, true);
  }

  /** Returns the u64 at an Offset, rounded beyond 2^53. */
  u64(field: number): number {
    return this.high(field) * 0x1_0000_0000 + this.low(field);
  }

  /** Returns the u32 at an Offset. */
  u32(field: number): number {
    return this.view.getUint32(this.#at + field, true);
  }

  /** Returns the u16 at an Offset. */
  u16(field: number): number {
    return this.view.getUint16(this.#at + field, true);
  }

  /** CLOCK_BOOTTIME at exit, ns. */
  get exitTimeHigh(): number {
    return this.view.getUint32(this.#at + Offset.exitTimeNs + 4, true);
  }

  get exitTimeLow(): number {
    return this.view.getUint32(this.#at + Offset.exitTimeNs, true);
  }

  /** The time since fork, ns. */
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

  /** The wait status: see wait-status.ts. */
  get status(): number {
    return this.view.getInt32(this.#at + Offset.status, true);
  }

  /** The offset of the name in `bytes`; nameEnd() finds its end. */
  get comm(): number {
    return this.#at + Offset.comm;
  }

  get parentComm(): number {
    return this.#at + Offset.parentComm;
  }

  /** Only in records of threads. */
  get threadComm(): number {
    return this.#at + Offset.threadComm;
  }

  /** A KillerKind. It decides which of the other killer members are set. */
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

  /** Returns the end of the name at an offset: its NUL, or COMM_LEN. */
  nameEnd(start: number): number {
    let end = start;
    while (end < start + COMM_LEN && this.bytes[end] !== 0) end++;
    return end;
  }
}
