import { Offset } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";

/** Bytes of a generation. */
const GENERATION_BYTES = 2 * 1024 * 1024;
/** Bytes of the objects that keep a record, besides those of the record. */
const OBJECT_BYTES = 640;

const keyOf = (pid: number, high: number, low: number) => `${pid}-${high}-${low}`;

/**
 * The processes that sent signals which may be fatal: the BPF program sends a record of each when
 * it sends the signal, and the records of the exits refer to it by pid and time. A signal may stay
 * blocked for hours; a sender that no exit refers to is dropped when two generations of others have
 * arrived.
 */
export class Senders {
  #young = new Map<string, RecordView>();
  #youngBytes = 0;
  #old = new Map<string, RecordView>();

  constructor(readonly generationBytes = GENERATION_BYTES) {}

  /** Copies a record of RecordKind.sender. */
  add(record: RecordView, size: number): void {
    const bytes = record.bytes.slice(record.start, record.start + size);
    const key = keyOf(record.pid, record.exitTimeHigh, record.exitTimeLow);
    this.#keep(key, new RecordView(bytes, new DataView(bytes.buffer)));
  }

  /** Returns the sender of the signal that killed the process of an exit record. */
  get(exit: RecordView): RecordView | undefined {
    const high = exit.high(Offset.senderTimeNs);
    const low = exit.low(Offset.senderTimeNs);
    if (high === 0 && low === 0) return undefined;
    const key = keyOf(exit.killerPid, high, low);
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.#keep(key, old);
    return old;
  }

  #keep(key: string, sender: RecordView): void {
    const size = sender.bytes.length + OBJECT_BYTES;
    if (this.#youngBytes + size > this.generationBytes && this.#young.size > 0) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, sender);
    this.#youngBytes += size;
  }
}
