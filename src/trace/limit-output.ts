import type { Exit } from "../exit/exit.ts";
import { log } from "../log.ts";
import type { ByteWriter, Format, SuppressedExits } from "../output/index.ts";
import { suppressedText } from "../output/suppressed-line.ts";
import { counted } from "../text/counted.ts";
import { Limiter } from "../views/limiter.ts";
import type { OutputWriter } from "./output-writer.ts";

const MS_PER_SECOND = 1000;
/** Exits of a second may come later by this than its end, besides the time that they gather, ms. */
const GRACE = 50;
/** The bytes of lines after which they are written. */
const FLUSH_BYTES = 64 * 1024;
/** The number of messages that one second may have, for a format without such lines. */
const MAX_MESSAGES = 3;

/** The state of a trace or a replay that decides when lines can be written. */
interface LimitOptions {
  perSecond: number;
  /** True if the names of containers are known or may be looked up. */
  hasNames: boolean;
  /** How long exits gather before they are read, ms. */
  latency: number;
  /** Returns true while lines are held back from a terminal. */
  isHeld(): boolean;
  /** Returns ms since 1970; tests replace it. */
  now?(): number;
}

/**
 * Applies --limit to live or replayed exits: says which are printed, and writes a line for the
 * others of each kind once a second. While an output has no room, or lines are held back, counting
 * goes on, so that no line is lost and no more than one waits for each kind.
 */
export class LimitOutput {
  readonly #limiter: Limiter;
  readonly #format: Format;
  readonly #outputs: Pick<OutputWriter, "flush" | "isBehind" | "name">;
  readonly #options: LimitOptions;
  /** The number of exits that each line in the buffer counts. */
  #folded: number[] = [];
  #messages = 0;
  /** The kinds and exits beyond MAX_MESSAGES. */
  #unnamed = { kinds: 0, exits: 0 };

  constructor(format: Format, outputs: Pick<OutputWriter, "flush" | "isBehind" | "name">, options: LimitOptions) {
    this.#limiter = new Limiter(options.perSecond, options.hasNames);
    this.#format = format;
    this.#outputs = outputs;
    this.#options = options;
  }

  /** The number of suppressed exits that lines or messages have counted. */
  get reported(): number {
    return this.#limiter.suppressed - this.#limiter.pending;
  }

  /** The number of suppressed exits that no line has counted yet. */
  get pending(): number {
    return this.#limiter.pending;
  }

  /**
   * Returns true if the exit is to be printed. If it begins another second, writes the lines of
   * the one before. @param out the lines of exits before this one. @throws WriteError
   */
  admits(out: ByteWriter, exit: Exit): boolean {
    const limiter = this.#limiter;
    if (limiter.begins(exit) && limiter.pending > 0) this.#write(out);
    return limiter.admits(exit);
  }

  /** Called after each batch, when `out` is empty: writes lines that are due. @throws WriteError */
  update(out: ByteWriter): void {
    if (this.#limiter.pending > 0 && this.#msUntilDue() <= 0) this.#write(out);
  }

  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number {
    const isWaiting = this.#limiter.pending > 0 && !this.#isBlocked;
    return isWaiting ? Math.max(1, this.#msUntilDue()) : Number.POSITIVE_INFINITY;
  }

  /** Called after the last exit. Returns the number of exits for which no line had room. */
  finish(out: ByteWriter): number {
    if (this.#limiter.pending > 0) this.#write(out);
    const { pending } = this.#limiter;
    if (pending > 0)
      log.warn(`${this.#outputs.name} had no room for lines about ${counted(pending, "suppressed exit")}`);
    return pending;
  }

  get #isBlocked(): boolean {
    return this.#outputs.isBehind || this.#options.isHeld();
  }

  #msUntilDue(): number {
    const now = this.#options.now?.() ?? Date.now();
    const ms = (this.#limiter.second + 1) * MS_PER_SECOND + this.#options.latency + GRACE - now;
    // the wall clock was set back
    return ms > 2 * MS_PER_SECOND + this.#options.latency ? 0 : ms;
  }

  #write(out: ByteWriter): void {
    this.#outputs.flush(out, true);
    if (this.#isBlocked) return;
    this.#limiter.take((exits) => this.#writeLine(out, exits));
    this.#flush(out);
    this.#reportUnnamed();
  }

  #writeLine(out: ByteWriter, exits: SuppressedExits): void {
    if (!this.#format.suppressed) return this.#report(exits);
    this.#format.suppressed(out, exits);
    this.#folded.push(exits.count);
    if (out.length >= FLUSH_BYTES) this.#flush(out);
  }

  #flush(out: ByteWriter): void {
    this.#outputs.flush(out, false, this.#folded);
    this.#folded = [];
  }

  /** Reports exits in a message, for a format that has no lines but exits. */
  #report(exits: SuppressedExits): void {
    if (this.#messages++ < MAX_MESSAGES) return log.warn(suppressedText(exits));
    this.#unnamed.kinds++;
    this.#unnamed.exits += exits.count;
  }

  #reportUnnamed(): void {
    const { kinds, exits } = this.#unnamed;
    if (kinds > 0) log.warn(`${counted(exits, "exit")} of ${counted(kinds, "other kind")} suppressed by --limit`);
    this.#unnamed = { kinds: 0, exits: 0 };
    this.#messages = 0;
  }
}
