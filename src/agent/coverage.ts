import { gapLine } from "./gap.ts";

/**
 * Keeps the time until which the stream has every exit, and the gap that is not reported yet. Times
 * are nanoseconds since 1970.
 */
export class Coverage {
  /** The number of gaps in the stream. */
  gaps = 0;
  #gapTo: bigint | undefined;

  /** @param until the time of an earlier agent's last exit, if it is known: a gap begins then. */
  constructor(
    /** Every exit until then is in the stream; undefined: no tracer was attached yet. */
    public until: bigint | undefined,
    /** The start of a gap; undefined: a tracer is attached, or none ever was. */
    public gapFrom = until,
  ) {}

  /** Called when a tracer is attached, before any of its lines is read. */
  attach(time: bigint): void {
    if (this.gapFrom !== undefined) this.#gapTo = time;
    this.until = time;
  }

  /** Called when all exits until a time are read from the tracer. */
  advance(time: bigint): void {
    if (this.until === undefined || time > this.until) this.until = time;
  }

  /** Called when the tracer has ended. A gap that was not reported by then goes on. */
  detach(): void {
    this.gapFrom ??= this.until;
    this.#gapTo = undefined;
  }

  /** Returns the gap that has ended. */
  takeGap(): { line: string; from: bigint; to: bigint } | undefined {
    const { gapFrom: from } = this;
    const to = this.#gapTo;
    if (from === undefined || to === undefined) return undefined;
    this.gapFrom = this.#gapTo = undefined;
    this.gaps++;
    return { line: gapLine(from, to), from, to };
  }
}
