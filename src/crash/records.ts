import { CrashModuleOffset, CrashOffset, CrashStackOffset, RecordKind } from "../record/layout.ts";

/** The bytes of crashes whose exits are still to come; the oldest are dropped beyond it. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
const INITIAL_BYTES = 32 * 1024;
const HEAD_BYTES = 8;
/** Buffers that are kept for the next crashes: allocating one for each makes garbage. */
const MAX_SPARE = 16;

/** The records of one crash, as in a batch: each behind 8 bytes with its size. */
export interface CrashRecords {
  bytes: Uint8Array;
  view: DataView;
  /** The offset of the crash_record, which is the last one. */
  record: number;
  length: number;
}

interface Pending extends CrashRecords {
  tid: number;
  /** True if its crash_record has come, which is the last. */
  isComplete: boolean;
}

/** Collects the records of crashes until their exits come. */
export class CrashCollector {
  /** All crashes, in the order of their first records. */
  #crashes = new Set<Pending>();
  /** Incomplete crashes, by thread. */
  #open = new Map<number, Pending>();
  #spare: Uint8Array[] = [];
  #bytes = 0;

  /** True if there are no crashes, as nearly always. */
  get isEmpty(): boolean {
    return this.#crashes.size === 0;
  }

  /** The bytes of memory of all crashes. */
  get memory(): number {
    return this.#bytes;
  }

  /** Adds the record of a batch that has the kind `kind`. */
  add(kind: number, from: Uint8Array, at: number, size: number): void {
    const view = new DataView(from.buffer, from.byteOffset + at, size);
    const isCrash = kind === RecordKind.crash;
    const minimum = isCrash
      ? CrashOffset.message
      : kind === RecordKind.crashModule
        ? CrashModuleOffset.text
        : CrashStackOffset.data;
    if (size < minimum) return;
    const tid = view.getInt32(isCrash ? CrashOffset.tid : CrashModuleOffset.tid, true);
    const crash = this.#open.get(tid) ?? this.#start(tid);
    const begin = this.#append(crash, from, at, size);
    if (!isCrash) return;
    crash.record = begin;
    crash.isComplete = true;
    this.#open.delete(tid);
  }

  #start(tid: number): Pending {
    const bytes = this.#spare.pop() ?? new Uint8Array(INITIAL_BYTES);
    const crash = { tid, isComplete: false, bytes, view: new DataView(bytes.buffer), record: 0, length: 0 };
    this.#open.set(tid, crash);
    this.#crashes.add(crash);
    this.#bytes += INITIAL_BYTES;
    for (const oldest of this.#crashes) {
      if (this.#bytes <= MAX_PENDING_BYTES) break;
      this.#remove(oldest);
    }
    return crash;
  }

  /** Returns the offset of the added record. */
  #append(crash: Pending, from: Uint8Array, at: number, size: number): number {
    const begin = crash.length + HEAD_BYTES;
    const end = begin + ((size + 7) & ~7);
    if (end > crash.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * crash.bytes.length, end));
      larger.set(crash.bytes);
      this.#bytes += larger.length - crash.bytes.length;
      crash.bytes = larger;
      crash.view = new DataView(larger.buffer);
    }
    crash.view.setUint32(crash.length, size, true);
    crash.bytes.set(from.subarray(at, at + size), begin);
    crash.length = end;
    return begin;
  }

  /** Called when records that take() returned are no longer used. */
  release({ bytes }: CrashRecords): void {
    if (bytes.length === INITIAL_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(bytes);
  }

  #remove(crash: Pending): void {
    this.#crashes.delete(crash);
    if (this.#open.get(crash.tid) === crash) this.#open.delete(crash.tid);
    this.#bytes -= crash.bytes.length;
  }

  /** Removes the crashes of a process or thread. Returns the last one with that signal. */
  take(pid: number, tid: number, startHigh: number, startLow: number, signal: number): CrashRecords | undefined {
    let found: Pending | undefined;
    for (const crash of this.#crashes) {
      const { view, record } = crash;
      const is = (offset: number, value: number) => view.getUint32(record + offset, true) === value >>> 0;
      const isOwn =
        crash.isComplete &&
        is(CrashOffset.pid, pid) &&
        is(CrashOffset.startTimeNs, startLow) &&
        is(CrashOffset.startTimeNs + 4, startHigh) &&
        (tid === 0 || crash.tid === tid);
      if (!isOwn) continue;
      this.#remove(crash);
      if (view.getUint16(record + CrashOffset.signal, true) === signal) found = crash;
    }
    return found;
  }
}
