/**
 * Holds back lines for a terminal while COMMAND, or a program that it runs, has it to itself: an
 * editor, a pager or a shell at its prompt would have them in its screen.
 */
import type { Write } from "../output/index.ts";
import { writeErrno } from "../output/sink.ts";

/** The memory that a terminal's lines may take while they are held back, bytes. */
export const MAX_HELD = 1024 * 1024;
/**
 * The unit in which lines are held and dropped, bytes; longer writes are units of their own, so the
 * caller makes shorter ones.
 */
export const CHUNK_BYTES = 16 * 1024;
/** The interval at which the terminal's mode is read while lines are held back, ms. */
const POLL_INTERVAL = 50;
/**
 * How long a terminal that was in another mode must be in canonical mode before lines are written,
 * ms: vim restores the mode a little before it leaves its screen, and also for the time of a short
 * system().
 */
const SETTLE_TIME = 100;

/**
 * The mode is also read FIRST_PROBE ms after the start, then at twice that time, and so on up to
 * LAST_PROBE, so that an editor is noticed that started before the first exit.
 */
const FIRST_PROBE = 50;
const LAST_PROBE = 3200;

interface Chunk {
  write: Write;
  bytes: Uint8Array;
  length: number;
  /** The bytes that were allocated. */
  size: number;
  /** The number of exits in the chunk; 0: messages or a header. */
  exits: number;
}

/** The lines that are held back from one terminal, in the order in which they were written. */
export class HoldBack {
  #chunks: Chunk[] = [];
  /** The sum of their sizes. */
  #bytes = 0;
  /** The number of exits that were dropped, by output. */
  #lost = new Map<Write, number>();
  #hasEnded = false;
  /** True once the terminal was in another mode than the canonical one. */
  #hasSwitched = false;
  /** The times at which canonical mode was first and last read, without a longer gap, ms. */
  #canonicalSince = Number.POSITIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;
  readonly #startedAt: number;
  #probeDelay = FIRST_PROBE;

  /** @param now a clock in ms. */
  constructor(
    readonly isCanonical: () => boolean,
    readonly now: () => number = () => performance.now(),
  ) {
    this.#startedAt = now();
  }

  /**
   * Returns a Write that calls `write` now, or once the terminal is in canonical mode again. Lines
   * that are held back count as written. The mode is read immediately before each write; the
   * program may still change it between the two calls.
   * @param countExits returns the number of exits passed to this Write so far, including those of
   * the current call; by default 0.
   */
  wrap(write: Write, countExits: () => number = () => 0): Write {
    let counted = 0;
    return (bytes, length) => {
      const exits = countExits() - counted;
      counted += exits;
      if (this.#hasEnded) return write(bytes, length);
      if (this.#isReady()) return this.#writeHeld() ?? write(bytes, length);
      this.#hold(write, bytes.subarray(0, length), exits);
      return length;
    };
  }

  get isHolding(): boolean {
    return this.#chunks.length > 0;
  }

  /**
   * The number of exits that were dropped, because too many lines were held back: with several
   * outputs on the terminal, of the one that lost most.
   */
  get lost(): number {
    return Math.max(0, ...this.#lost.values());
  }

  /** Writes the held lines if the terminal is in canonical mode again. */
  update(): void {
    if (!this.isHolding && this.#msUntilProbe > 0) return;
    while (this.#msUntilProbe <= 0) this.#probeDelay *= 2;
    if (this.#isReady()) this.#writeHeld();
  }

  /** Returns how long the tracer may sleep before it calls update(), ms; infinity: no limit. */
  maxSleep(): number {
    // a probe may be overdue
    return this.isHolding ? POLL_INTERVAL : Math.max(0, Math.ceil(this.#msUntilProbe));
  }

  /**
   * Called at the end of the trace: writes what is held back in any case, and counts what cannot be
   * written as lost. Holds nothing back from then on.
   */
  end(): void {
    this.#hasEnded = true;
    this.#writeHeld();
    for (const chunk of this.#chunks.splice(0)) this.#count(chunk);
  }

  get #msUntilProbe(): number {
    if (this.#hasSwitched || this.#probeDelay > LAST_PROBE) return Number.POSITIVE_INFINITY;
    return this.#startedAt + this.#probeDelay - this.now();
  }

  /** Returns true if the terminal is in canonical mode, and has been long enough. */
  #isReady(): boolean {
    if (!this.isCanonical()) {
      this.#hasSwitched = true;
      this.#canonicalSince = Number.POSITIVE_INFINITY;
      return false;
    }
    if (!this.#hasSwitched) return true;
    const now = this.now();
    // the mode may have been another one between two reads
    const isKnown = now - this.#checkedAt < 2 * POLL_INTERVAL;
    this.#canonicalSince = isKnown ? Math.min(this.#canonicalSince, now) : now;
    this.#checkedAt = now;
    return now - this.#canonicalSince >= SETTLE_TIME;
  }

  /** Writes all chunks. Returns the result of Write for a failure before the first byte, if any. */
  #writeHeld(): number | undefined {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const result = chunk.write(chunk.bytes, chunk.length);
      if (result < 0) return -writeErrno(result);
      chunk.bytes = chunk.bytes.subarray(result);
      chunk.length -= result;
      if (chunk.length > 0) return 0;
      this.#remove(0);
    }
    return undefined;
  }

  #hold(write: Write, bytes: Uint8Array, exits: number): void {
    const { length } = bytes;
    let chunk = this.#chunks.at(-1);
    if (!chunk || chunk.write !== write || !chunk.exits || !exits || chunk.length + length > chunk.bytes.length) {
      // messages are few, and exits may be many
      const size = exits ? Math.max(CHUNK_BYTES, length) : length;
      chunk = { write, bytes: new Uint8Array(size), length: 0, size, exits: 0 };
      this.#chunks.push(chunk);
      this.#bytes += size;
    }
    chunk.bytes.set(bytes, chunk.length);
    chunk.length += length;
    chunk.exits += exits;
    while (this.#bytes > MAX_HELD) this.#dropOldest();
  }

  /** Drops the oldest exits. Headers and messages, which are few, stay as long as there are any. */
  #dropOldest(): void {
    const index = Math.max(
      0,
      this.#chunks.findIndex(({ exits }) => exits > 0),
    );
    this.#count(this.#chunks[index]!);
    this.#remove(index);
  }

  /** Counts the exits of a chunk as lost. */
  #count({ write, exits }: Chunk): void {
    this.#lost.set(write, (this.#lost.get(write) ?? 0) + exits);
  }

  #remove(index: number): void {
    const [chunk] = this.#chunks.splice(index, 1);
    this.#bytes -= chunk!.size;
  }
}
