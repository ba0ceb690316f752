import { type Pointer, ptr } from "../native/memory.ts";
import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** The doubles at the head of a batch: `struct batch_head` in native/native.h, in its order. */
const Head = {
  used: 0,
  lost: 1,
  missed: 2,
  wallSeconds: 3,
  wallNanoseconds: 4,
  stopSignal: 5,
  readerGone: 6,
  pending: 7,
  watchedGone: 8,
};
const HEAD_BYTES = 9 * 8;
/** `struct record_head` in native/native.h, before each record: its length, and where it came from. */
const RECORD_HEAD_BYTES = 8;
const SOURCE = 4;

/** Small enough for the caches, large enough for some thousands of records, or for some of the largest. */
const BATCH_BYTES = 256 * 1024;
const RECORDS_A_BATCH = 4;

export interface Intake {
  /** How many bytes of a record are wanted; what is beyond is cut off. */
  longestRecord: number;
  /** A per-CPU array of one u64 that counts what a ring could not take; none: nobody counts. */
  lostFd?: number;
  /** The program that fills the ring, where there is one that could be kept from running. */
  programFd?: number;
  /** Like `lostFd`: how often another program stood in for that one. */
  stoodInFd?: number;
}

/**
 * The consumer's end of ring buffers and perf buffers: one buffer, filled anew by each wait(). Walk a batch with
 * `for (let at = c.start; at < c.end; at = c.next(at))`; each record's bytes begin at `at` in `view` and `bytes`.
 */
export class Collector {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start = HEAD_BYTES + RECORD_HEAD_BYTES;
  #head: Float64Array;
  #handle: Pointer;

  /**
   * @param outFd whose reader may go away while we sleep.
   * @throws LibbpfError
   */
  constructor({ longestRecord, lostFd = -1, programFd = -1, stoodInFd = -1 }: Intake, outFd: number) {
    const size = Math.max(BATCH_BYTES, HEAD_BYTES + RECORDS_A_BATCH * this.stride(longestRecord));
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#head = new Float64Array(buffer, 0, HEAD_BYTES / 8);
    const handle = native.reader_open(lostFd, programFd, stoodInFd, outFd, ptr(this.bytes), size, longestRecord);
    if (handle < 0) throw new LibbpfError("records cannot be collected", -Number(handle));
    this.#handle = Number(handle) as Pointer;
  }

  /** Collects from a BPF_MAP_TYPE_RINGBUF, too. Returns the number that its records carry. @throws LibbpfError */
  addRing(fd: number): number {
    return this.#added(native.reader_add_ring(this.#handle, fd), "the ring buffer cannot be read");
  }

  /** The same of a BPF_MAP_TYPE_PERF_EVENT_ARRAY. @param pages of each CPU's buffer, a power of two. */
  addPerf(fd: number, pages: number): number {
    return this.#added(native.reader_add_perf(this.#handle, fd, pages), "the perf buffer cannot be read");
  }

  #added(index: number, failure: string): number {
    if (index < 0) throw new LibbpfError(failure, -index);
    return index;
  }

  /**
   * Sleeps until there is something to tell, then takes all that is there into the batch. It paces itself: records gather
   * for up to 20 ms, so that the dying do not pay for waking us.
   * @param longest ms; -1: for ever.
   */
  wait(longest = -1): void {
    const error = native.reader_wait(this.#handle, longest);
    if (error) throw new LibbpfError("waiting for the ring buffer", -error);
  }

  /** Makes this file descriptor end a sleep, once, when it becomes readable. */
  watch(fd: number): void {
    native.reader_watch(this.#handle, fd);
  }

  /** Takes what is left, without sleeping. */
  drain(): void {
    native.reader_drain(this.#handle);
  }

  close(): void {
    native.reader_close(this.#handle);
  }

  get isEmpty(): boolean {
    return this.#head[Head.used] === 0;
  }

  /** Where a record behind the last one would begin: the last may have no bytes of its own. */
  get end(): number {
    return this.start + this.#head[Head.used]!;
  }

  next(at: number): number {
    return at + this.stride(this.size(at));
  }

  /** How many bytes of that record there are. */
  size(at: number): number {
    return this.view.getUint32(at - RECORD_HEAD_BYTES, true);
  }

  /** Which of those that were added it came from. */
  source(at: number): number {
    return this.view.getUint32(at - RECORD_HEAD_BYTES + SOURCE, true);
  }

  /** What a record of that many bytes takes in the batch, and as much in the ring: BPF_RINGBUF_HDR_SZ is 8 as well. */
  stride(size: number): number {
    return ((size + 7) & ~7) + RECORD_HEAD_BYTES;
  }

  /** Records that found no room, as far as somebody counts them, since the program was loaded. */
  get lost(): number {
    return this.#head[Head.lost]!;
  }

  /** Exits for which the kernel ran none of our programs, as far as it says (since Linux 5.12). */
  get missed(): number {
    return this.#head[Head.missed]!;
  }

  /** CLOCK_REALTIME minus the kernel's own CLOCK_BOOTTIME when the batch was taken: whole seconds, and the nanoseconds beyond them. */
  get wallSeconds(): number {
    return this.#head[Head.wallSeconds]!;
  }

  get wallNanoseconds(): number {
    return this.#head[Head.wallNanoseconds]!;
  }

  /** The signal that asked us to stop, or 0. */
  get stopSignal(): number {
    return this.#head[Head.stopSignal]!;
  }

  get readerGone(): boolean {
    return this.#head[Head.readerGone] !== 0;
  }

  /** True if the watched descriptor became readable before this batch. */
  get watchedGone(): boolean {
    return this.#head[Head.watchedGone] !== 0;
  }

  /** Not 0: there is still something in a ring. No room in the batch, or behind a record that a CPU is writing just now; bytes. */
  get pending(): number {
    return this.#head[Head.pending]!;
  }
}
