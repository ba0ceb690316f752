import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";
import { type Pointer, ptr } from "../native/memory.ts";

/** Indexes of the doubles before a batch: `struct batch_head` in native/core/native.h. */
const Head = {
  used: 0,
  lost: 1,
  missed: 2,
  wallSeconds: 3,
  wallNanoseconds: 4,
  stopSignal: 5,
  outputClosed: 6,
  pending: 7,
  watchedReady: 8,
  reopenRequested: 9,
  summaryRequested: 10,
  redrawRequested: 11,
};
const HEAD_BYTES = 8 * Object.keys(Head).length;
/** `struct record_head` in native/core/native.h, before each record: its size and its source. */
const RECORD_HEAD_BYTES = 8;
const SOURCE_OFFSET = 4;

/** Fits into the CPU's caches and holds thousands of short records. */
const BATCH_BYTES = 256 * 1024;
/** The minimum number of records of the maximum size in a batch. */
const MIN_RECORDS = 4;
/** 24 days; a C int holds it. */
const MAX_GATHER_MS = 2 ** 31 - 1;

export interface ReaderOptions {
  /** Longer records are truncated to this size, bytes. */
  maxRecordBytes: number;
  /** A per-CPU array map whose u64 at key 0 counts the records that found the ring full. */
  dropsFd?: number;
  /** The program that writes the records. Its recursion misses are counted since Linux 5.12. */
  programFd?: number;
  /** A map like that of dropsFd, which counts the misses that a fallback program handled. */
  fallbackHitsFd?: number;
}

/**
 * Reads ring buffers and perf buffers in batches, one FFI call per batch. Each wait() or drain()
 * overwrites the batch. A loop over its records is
 * `for (let at = r.start; at < r.end; at = r.next(at))`: the bytes of a record begin at `at` in
 * `bytes` and `view`. The properties describe the last batch. Not safe for use by two threads.
 */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The offset of the first record. */
  readonly start = HEAD_BYTES + RECORD_HEAD_BYTES;
  #head: Float64Array;
  #handle: Pointer;

  /**
   * @param outputs the outputs; a wait() ends when the reader of one closes it.
   * @throws LibbpfError
   */
  constructor(
    { maxRecordBytes, dropsFd = -1, programFd = -1, fallbackHitsFd = -1 }: ReaderOptions,
    outputs: readonly { fd: number }[] = [],
  ) {
    const size = Math.max(BATCH_BYTES, HEAD_BYTES + MIN_RECORDS * this.stride(maxRecordBytes));
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#head = new Float64Array(buffer, 0, HEAD_BYTES / 8);
    const batch = ptr(this.bytes);
    const handle = native.reader_open(dropsFd, programFd, fallbackHitsFd, batch, size, maxRecordBytes);
    if (handle < 0) throw new LibbpfError("the buffers cannot be read", -Number(handle));
    this.#handle = Number(handle) as Pointer;
    for (const { fd } of outputs) checkSource(native.reader_add_output(this.#handle, fd), "there are too many outputs");
  }

  /** Adds a BPF_MAP_TYPE_RINGBUF. Returns its source(). @throws LibbpfError */
  addRing(fd: number): number {
    return checkSource(native.reader_add_ring(this.#handle, fd), "the ring buffer cannot be read");
  }

  /**
   * Adds a BPF_MAP_TYPE_PERF_EVENT_ARRAY. Returns its source(). @param pages of each CPU's buffer,
   * a power of two. @throws LibbpfError
   */
  addPerf(fd: number, pages: number): number {
    return checkSource(native.reader_add_perf(this.#handle, fd, pages), "the perf buffer cannot be read");
  }

  /**
   * Sleeps until there are records or something else to report, then reads a batch. Records gather
   * before that: for up to 20 ms, or see gather(). So exiting processes rarely pay for waking the
   * tracer.
   * @param timeout ms; infinity: none. @throws LibbpfError
   */
  wait(timeout = Number.POSITIVE_INFINITY): void {
    const error = native.reader_wait(this.#handle, Number.isFinite(timeout) ? timeout : -1);
    if (error) throw new LibbpfError("waiting for the ring buffer failed", -error);
  }

  /**
   * Lets records gather in the rings that were added, for that many ms or until one is a quarter
   * full. @param isFirstAtOnce true if a record after a quarter of a second without any does not
   * wait for others. @throws LibbpfError
   */
  gather(ms: number, isFirstAtOnce: boolean): void {
    const error = native.reader_gather(this.#handle, Math.min(ms, MAX_GATHER_MS), isFirstAtOnce ? 1 : 0);
    if (error) throw new LibbpfError("records cannot gather", -error);
  }

  /** Ends one wait() when a file descriptor becomes readable. */
  watch(fd: number): void {
    native.reader_watch(this.#handle, fd);
  }

  /** While this is on, wait() only sets `pending` and `stopSignal`; fill() writes batches. */
  rehearse(isOn: boolean): void {
    native.reader_rehearse(this.#handle, isOn ? 1 : 0);
  }

  /** Reads a batch without sleeping. */
  drain(): void {
    native.reader_drain(this.#handle);
  }

  /** Replaces the batch by `count` records of `size` bytes, which `write` writes. */
  fill(count: number, size: number, write: (at: number, index: number) => void): void {
    for (let i = 0, at = this.start; i < count; i++, at += this.stride(size)) {
      this.view.setUint32(at - RECORD_HEAD_BYTES, size, true);
      write(at, i);
    }
    this.#head[Head.used] = count * this.stride(size);
    this.#head[Head.wallSeconds] = Math.floor(Date.now() / 1000);
  }

  /** Frees the buffers. The caller keeps the maps and file descriptors. */
  close(): void {
    native.reader_close(this.#handle);
  }

  get isEmpty(): boolean {
    return this.#head[Head.used] === 0;
  }

  /** The offset at which a record after the last one would begin. */
  get end(): number {
    return this.start + this.#head[Head.used]!;
  }

  /** Returns the offset of the next record. */
  next(at: number): number {
    return at + this.stride(this.size(at));
  }

  /** Returns the size of a record, bytes. */
  size(at: number): number {
    return this.view.getUint32(at - RECORD_HEAD_BYTES, true);
  }

  /** Returns the index of the buffer that a record comes from, in the order of addition. */
  source(at: number): number {
    return this.view.getUint32(at - RECORD_HEAD_BYTES + SOURCE_OFFSET, true);
  }

  /** Returns the bytes that a record takes in a batch and in a ring buffer, with its header. */
  stride(size: number): number {
    return ((size + 7) & ~7) + RECORD_HEAD_BYTES;
  }

  /** The number of records that found a buffer full, since the program was loaded. */
  get lost(): number {
    return this.#head[Head.lost]!;
  }

  /** The number of runs of the program that the kernel skipped and no fallback program handled. */
  get missed(): number {
    return this.#head[Head.missed]!;
  }

  /** CLOCK_REALTIME minus the kernel's CLOCK_BOOTTIME at the batch, in whole seconds. */
  get wallSeconds(): number {
    return this.#head[Head.wallSeconds]!;
  }

  /** The nanoseconds beyond wallSeconds. */
  get wallNanoseconds(): number {
    return this.#head[Head.wallNanoseconds]!;
  }

  /** The signal that asked the tracer to stop, or 0. */
  get stopSignal(): number {
    return this.#head[Head.stopSignal]!;
  }

  /** True if the readers of all outputs have closed them. */
  get isOutputClosed(): boolean {
    return this.#head[Head.outputClosed] !== 0;
  }

  /** True if a signal has asked, since the last batch, to reopen the output files. */
  get isReopenRequested(): boolean {
    return this.#head[Head.reopenRequested] !== 0;
  }

  /** True if SIGUSR1 has asked, since the last batch, for a summary. */
  get isSummaryRequested(): boolean {
    return this.#head[Head.summaryRequested] !== 0;
  }

  /** True if, since the last batch, the terminal was resized, or shows other contents. */
  get isRedrawRequested(): boolean {
    return this.#head[Head.redrawRequested] !== 0;
  }

  /** True once if the descriptor of watch() became readable. */
  get isWatchedReady(): boolean {
    return this.#head[Head.watchedReady] !== 0;
  }

  /** The bytes that stay in the buffers: those after a full batch or after an unfinished record. */
  get pending(): number {
    return this.#head[Head.pending]!;
  }
}

function checkSource(index: number, failure: string): number {
  if (index < 0) throw new LibbpfError(failure, -index);
  return index;
}
