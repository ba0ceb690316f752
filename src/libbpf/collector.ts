import { type Pointer, ptr } from "bun:ffi";
import { LibbpfError } from "./errno.ts";
import { native } from "./library.ts";

/** The doubles at the head of a batch: `struct batch_head` in native/native.h, in its order. */
const Head = {
  used: 0,
  lost: 1,
  wallSeconds: 2,
  wallNanoseconds: 3,
  stopSignal: 4,
  readerGone: 5,
  pending: 6,
  watchedGone: 7,
};
const HEAD_BYTES = 8 * 8;
/** `struct record_head` in native/native.h: the record's length, before each record. */
const RECORD_HEAD_BYTES = 8;

/** Small enough for the caches, large enough for some thousands of records. */
const BATCH_BYTES = 256 * 1024;

export interface Source {
  /** A BPF_MAP_TYPE_RINGBUF. */
  ringFd: number;
  /** A per-CPU array of one u64 that counts what the ring could not take; -1 where there is none. */
  lostFd: number;
  /** The program that fills the ring; -1 where there is none. */
  programFd: number;
  /** Bytes of the largest record. */
  largestRecord: number;
}

/**
 * The consumer's end of a ring buffer: one buffer, filled anew by each wait(). Walk a batch with
 * `for (let at = c.start; at < c.end; at = c.next(at))`; each record's bytes begin at `at` in `view` and `bytes`.
 */
export class Collector {
  readonly bytes = new Uint8Array(BATCH_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly start = HEAD_BYTES + RECORD_HEAD_BYTES;
  #head = new Float64Array(this.bytes.buffer, 0, HEAD_BYTES / 8);
  #handle: Pointer;

  /**
   * @param outFd whose reader may go away while we sleep.
   * @throws LibbpfError where the ring cannot be mapped.
   */
  constructor(source: Source, outFd: number) {
    const { ringFd, lostFd, programFd, largestRecord } = source;
    const batch = ptr(this.bytes);
    const handle = native.collector_open(ringFd, lostFd, programFd, outFd, batch, BATCH_BYTES, largestRecord);
    if (handle < 0) throw new LibbpfError("the ring buffer cannot be read", -Number(handle));
    this.#handle = Number(handle) as Pointer;
  }

  /**
   * Sleeps until there is something to tell, then takes all that is there into the batch. It paces itself: records gather
   * for up to 20 ms, so that the dying do not pay for waking us.
   * @param longest ms; -1: for ever.
   */
  wait(longest = -1): void {
    const error = native.collector_wait(this.#handle, longest);
    if (error) throw new LibbpfError("waiting for the ring buffer", -error);
  }

  /** A process whose end ends a sleep, and is told once: its pidfd. */
  watch(pidfd: number): void {
    native.collector_watch(this.#handle, pidfd);
  }

  /** Takes what is left, without sleeping. */
  drain(): void {
    native.collector_drain(this.#handle);
  }

  close(): void {
    native.collector_close(this.#handle);
  }

  get isEmpty(): boolean {
    return this.#head[Head.used] === 0;
  }

  /** Where the batch's records end. */
  get end(): number {
    return HEAD_BYTES + this.#head[Head.used]!;
  }

  next(at: number): number {
    return at + this.stride(this.view.getUint32(at - RECORD_HEAD_BYTES, true));
  }

  /** What a record of that many bytes takes in the batch, and as much in the ring: BPF_RINGBUF_HDR_SZ is 8 as well. */
  stride(size: number): number {
    return ((size + 7) & ~7) + RECORD_HEAD_BYTES;
  }

  /** Records that found the ring full, since the program was loaded. */
  get lost(): number {
    return this.#head[Head.lost]!;
  }

  /** CLOCK_REALTIME minus CLOCK_BOOTTIME when the batch was taken: whole seconds, and the nanoseconds beyond them. */
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

  /** Whether the watched process has died since the batch before. */
  get watchedGone(): boolean {
    return this.#head[Head.watchedGone] !== 0;
  }

  /** Bytes still in the ring: no room in the batch, or behind a record that a CPU is writing just now. */
  get pending(): number {
    return this.#head[Head.pending]!;
  }
}
