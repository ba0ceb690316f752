import { fromMilliseconds, gapLine } from "../agent/gap.ts";

/** How long a tracer that has opened the FIFO may take until it is attached, ms. */
const ATTACH_TIME = 2000;

/**
 * Reports the times in which a FIFO had no writer: a tracer ended, and another one began. The later
 * tracer opens the FIFO before it is attached, so a gap ends with its first line, or after a time
 * in which it had none.
 */
export class WriterGap {
  readonly #encoder = new TextEncoder();
  /** When a writer was last seen, ms since 1970; undefined: none was. */
  #lastSeen: number | undefined;
  /** The start of the gap that is not reported yet. */
  #from: number | undefined;
  /** When a writer was first seen after that gap. */
  #backAt: number | undefined;

  constructor(readonly now: () => number = Date.now) {}

  /** Called when there is no writer. */
  miss(): void {
    this.#from ??= this.#lastSeen;
    this.#backAt = undefined;
  }

  /**
   * Called when there is a writer. @param hasLines true if it has written something.
   * @returns the line of a gap that has ended, which precedes what it has written.
   */
  see(hasLines: boolean): Uint8Array | undefined {
    const time = this.now();
    this.#lastSeen = time;
    if (this.#from === undefined) return undefined;
    this.#backAt ??= time;
    if (!hasLines && time - this.#backAt < ATTACH_TIME) return undefined;
    const line = gapLine(fromMilliseconds(this.#from), fromMilliseconds(time));
    this.#from = this.#backAt = undefined;
    return this.#encoder.encode(line);
  }
}
