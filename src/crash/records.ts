import { CrashEndOffset, CrashModuleOffset, CrashOffset, CrashStackOffset, RecordKind } from "../record/layout.ts";

/** The bytes of crashes whose exits are still to come; the oldest are evicted beyond it. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** A core dump can take minutes, and the exit comes after it. */
const MAX_AGE_MS = 10 * 60_000;
const INITIAL_BYTES = 32 * 1024;
const HEAD_BYTES = 8;
/** Buffers that are kept for the next crashes: allocating one for each makes garbage. */
const MAX_REUSABLE = 16;
/** Evicted crashes that are remembered, to count those whose exits come after all. */
const MAX_EVICTED = 4096;

/** The thread and the start time of its process, which all records of a crash have. */
const identityOffsets: Record<number, { tid: number; startTimeNs: number }> = {
  [RecordKind.crash]: CrashOffset,
  [RecordKind.crashModule]: CrashModuleOffset,
  [RecordKind.crashStack]: CrashStackOffset,
  [RecordKind.crashEnd]: CrashEndOffset,
};
const minimumBytes: Record<number, number> = {
  [RecordKind.crash]: CrashOffset.thread,
  [RecordKind.crashModule]: CrashModuleOffset.text,
  [RecordKind.crashStack]: CrashStackOffset.data,
  [RecordKind.crashEnd]: CrashEndOffset.message,
};

/** The records of one crash, as in a batch: 8 bytes with its size precede each. */
export interface CrashRecords {
  bytes: Uint8Array;
  view: DataView;
  /** The offset of the crash_record, which is the first one. */
  record: number;
  /** The offset of the crash_end, which is the last one; 0: it was dropped. */
  end: number;
  endBytes: number;
  length: number;
}

interface Pending extends CrashRecords {
  key: string;
  tid: number;
  /** When its first record came, ms. */
  since: number;
}

/** Collects the records of crashes until their exits come. */
export class CrashCollector {
  /** The crashes by thread and start time of its process, in the order of their first records. */
  #crashes = new Map<string, Pending>();
  #reusable: Uint8Array[] = [];
  #bytes = 0;
  /** The processes of evicted crashes: a filter of the kernel may have left their exits out. */
  #evicted = new Set<string>();
  /** The number of exits that came after their crashes were evicted. */
  dropped = 0;

  /** True if there are no crashes and none was evicted, as nearly always. */
  get isEmpty(): boolean {
    return this.#crashes.size === 0 && this.#evicted.size === 0;
  }

  /** The bytes of memory of all crashes. */
  get memory(): number {
    return this.#bytes;
  }

  /** Adds a record of a batch. Ignores it if the first record of its crash is missing. */
  add(kind: number, from: Uint8Array, at: number, size: number, now = performance.now()): void {
    const identity = identityOffsets[kind];
    if (!identity || size < minimumBytes[kind]!) return;
    const view = new DataView(from.buffer, from.byteOffset + at, size);
    const tid = view.getInt32(identity.tid, true);
    const key = `${tid} ${view.getBigUint64(identity.startTimeNs, true)}`;
    const crash = kind === RecordKind.crash ? this.#start(key, tid, now) : this.#crashes.get(key);
    if (!crash) return;
    const begin = this.#append(crash, from, at, size);
    if (kind === RecordKind.crash) crash.record = begin;
    if (kind === RecordKind.crashEnd) {
      crash.end = begin;
      crash.endBytes = size;
    }
    this.#limit(crash, now);
  }

  #start(key: string, tid: number, since: number): Pending {
    const earlier = this.#crashes.get(key);
    if (earlier) this.#remove(earlier);
    const bytes = this.#reusable.pop() ?? new Uint8Array(INITIAL_BYTES);
    const view = new DataView(bytes.buffer);
    const crash = { key, tid, since, bytes, view, record: 0, end: 0, endBytes: 0, length: 0 };
    this.#crashes.set(key, crash);
    this.#bytes += bytes.length;
    return crash;
  }

  /** Evicts the oldest crashes, whose exits may never come. */
  #limit(current: Pending, now: number): void {
    for (const oldest of this.#crashes.values()) {
      const isOld = now - oldest.since > MAX_AGE_MS;
      if (oldest === current || (this.#bytes <= MAX_PENDING_BYTES && !isOld)) return;
      const { view, record } = oldest;
      const start = view.getBigUint64(record + CrashOffset.startTimeNs, true);
      this.#evicted.add(`${view.getInt32(record + CrashOffset.pid, true)} ${start}`);
      this.#remove(oldest);
      if (this.#evicted.size > MAX_EVICTED) this.#evicted.delete(this.#evicted.values().next().value!);
    }
  }

  /** Counts the exit if its crash was evicted. */
  #countEvicted(pid: number, startHigh: number, startLow: number): void {
    if (this.#evicted.size === 0) return;
    const start = (BigInt(startHigh >>> 0) << 32n) | BigInt(startLow >>> 0);
    if (this.#evicted.delete(`${pid} ${start}`)) this.dropped++;
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
    // a stack may hold secrets
    bytes.fill(0);
    if (bytes.length === INITIAL_BYTES && this.#reusable.length < MAX_REUSABLE) this.#reusable.push(bytes);
  }

  #remove(crash: Pending): void {
    this.#crashes.delete(crash.key);
    this.#bytes -= crash.bytes.length;
    this.release(crash);
  }

  /** Removes the crashes of a process, or of one of its threads if tid is not 0. */
  drop(pid: number, tid: number, startHigh: number, startLow: number): void {
    this.take(pid, tid, startHigh, startLow, 0);
  }

  /** Removes the same crashes as drop(). Returns the last one with that signal. */
  take(pid: number, tid: number, startHigh: number, startLow: number, signal: number): CrashRecords | undefined {
    let found: Pending | undefined;
    for (const crash of this.#crashes.values()) {
      const { view, record } = crash;
      const is = (offset: number, value: number) => view.getUint32(record + offset, true) === value >>> 0;
      const isOwn =
        is(CrashOffset.pid, pid) &&
        is(CrashOffset.startTimeNs, startLow) &&
        is(CrashOffset.startTimeNs + 4, startHigh) &&
        (tid === 0 || crash.tid === tid);
      if (!isOwn) continue;
      this.#crashes.delete(crash.key);
      this.#bytes -= crash.bytes.length;
      if (view.getUint16(record + CrashOffset.signal, true) === signal) {
        if (found) this.release(found);
        found = crash;
      } else {
        this.release(crash);
      }
    }
    if (!found && signal !== 0) this.#countEvicted(pid, startHigh, startLow);
    return found;
  }
}
