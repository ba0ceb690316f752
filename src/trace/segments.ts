import { WriteError } from "../errors.ts";
import { isTemporary } from "../output/sink.ts";
import { type Keep, nextSegment, SegmentError, type SegmentResult } from "../system/segments.ts";

const MIB = 1024 * 1024;
/** The parts into which the limits are divided: segments are removed one by one. */
const PARTS = 16;
const MIN_SEGMENT = MIB;
const MAX_SEGMENT = 64 * MIB;
/** The size of a segment if only the time is limited. */
const DEFAULT_SEGMENT = 16 * MIB;
/** How much is written at once: a segment exceeds its size only by a line that is longer. */
export const MAX_WRITE = 256 * 1024;
/** The interval between attempts to begin a segment after a failure, and for a slow answer, ms. */
const RETRY_INTERVAL = 1000;
const PENDING_INTERVAL = 50;

/** Returns the size of a segment, in bytes. */
export function segmentBytes({ bytes }: Keep): number {
  if (bytes === Number.POSITIVE_INFINITY) return DEFAULT_SEGMENT;
  return Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, Math.floor(bytes / PARTS)));
}

/**
 * Decides when the next segment begins: when the present one has no room, when it is a sixteenth
 * as old as segments may be, or on request. The clock is monotonic, so that a change of the time
 * of day does not matter.
 */
export class Segments {
  readonly #bytes: number;
  /** Infinity: segments have no age. */
  readonly #interval: number;
  #due: number;
  #size = 0;
  #hasItems = false;
  #isRequested = false;
  #isPending = false;
  /** The errno with which the next segment could not be created; 0: none. */
  #failure = 0;
  #retryAt = 0;

  /**
   * @param name the directory in messages. @param next asks for the next segment.
   * @param now returns a time in ms.
   */
  constructor(
    readonly name: string,
    keep: Keep,
    readonly next: (begins: boolean) => SegmentResult = nextSegment,
    readonly now: () => number = () => performance.now(),
  ) {
    this.#bytes = segmentBytes(keep);
    this.#interval = keep.ms / PARTS;
    this.#due = now() + this.#interval;
  }

  /**
   * The errno for writes, 0: none. Without a next segment nothing is written, since the present one
   * would grow beyond all limits.
   */
  get failure(): number {
    return this.#failure;
  }

  /** Called after each write. */
  add(bytes: number): void {
    this.#size += bytes;
  }

  /** Begins a segment before the next exits, if the present one has any. */
  request(): void {
    this.#isRequested = true;
  }

  /**
   * Called between lines. Returns true if a new segment has begun, which is empty. Otherwise exits
   * go to the present one. Allocates nothing unless the segment ends.
   * @param length bytes that will be written. @param areItems true if they are exits.
   * @throws WriteError if there can be no further segment.
   */
  begin(length: number, areItems: boolean): boolean {
    const now = this.now();
    const isFull = this.#hasItems && this.#size + length > this.#bytes;
    const isOver = isFull || now >= this.#due || this.#isRequested || this.#failure > 0;
    const hasBegun = (isOver || this.#isPending) && this.#ask(now, isOver);
    if (areItems && length > 0) this.#hasItems = true;
    return hasBegun;
  }

  #ask(now: number, isOver: boolean): boolean {
    if (this.#failure && now < this.#retryAt) return false;
    const begins = this.#hasItems && isOver;
    if (!begins && !this.#isPending && now < this.#due) {
      // an empty segment is as good as a new one
      this.#isRequested = false;
      return false;
    }
    try {
      return this.#take(this.next(begins), now);
    } catch (error) {
      if (!(error instanceof SegmentError)) throw error;
      if (!isTemporary(error.errno)) throw new WriteError(`cannot write to ${this.name}: ${error.message}`);
      this.#isPending = false;
      this.#failure = error.errno;
      this.#retryAt = now + RETRY_INTERVAL;
      return false;
    }
  }

  #take(result: SegmentResult, now: number): boolean {
    this.#isPending = result === "pending";
    if (this.#isPending) return false;
    this.#failure = 0;
    this.#due = now + this.#interval;
    if (result === "removed") return false;
    this.#size = 0;
    this.#hasItems = this.#isRequested = false;
    return true;
  }

  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number {
    const { now } = this;
    return this.#isPending ? PENDING_INTERVAL : Math.max(1, Math.ceil(this.#due - now()));
  }
}
