import type { Exit } from "../exit/exit.ts";
import { KillerKind } from "../record/layout.ts";
import { termSignal } from "../record/wait-status.ts";
import { counted } from "../text/counted.ts";
import type { TracePlan } from "./plan.ts";

const SECOND = 1000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Below these numbers of seconds the closing line shows hundredths, and tenths. */
const MIN_TENTHS = 0.1;
const MIN_WHOLE_SECONDS = 10;

/**
 * Counts the exits of a trace for its last line:
 * `8 exits in 41 s: 3 failed, 4 killed (1 by the OOM killer), 0 lost`.
 */
export class ClosingLine {
  /** The number of exits passed to add(). */
  exits = 0;
  /** Exits with a code other than 0. */
  #failed = 0;
  /** Deaths by signal. */
  #killed = 0;
  #oomKilled = 0;
  #hasKiller: boolean;
  #what: string;

  /** @param start when the trace began. @param now returns milliseconds of the same clock. */
  constructor(
    { groups, withThreads }: Pick<TracePlan, "groups" | "withThreads">,
    readonly start: number,
    readonly now = () => performance.now(),
  ) {
    // a record without the group has no killer's fields
    this.#hasKiller = groups.includes("killer");
    this.#what = withThreads ? "thread exit" : "exit";
  }

  /** Counts an exit, or several like it. Allocates nothing. */
  add(exit: Exit, count = 1): void {
    this.exits += count;
    const { status } = exit.record;
    if (status === 0) return;
    if (termSignal(status) === 0) {
      this.#failed += count;
    } else {
      this.#killed += count;
      if (this.#hasKiller && exit.record.killerKind === KillerKind.oom) this.#oomKilled += count;
    }
  }

  /**
   * Returns the line. Outcomes are left out if some of the exits were not written, since it is
   * unknown which.
   * @param unwritten the exits that were added but not written. @param lost all exits that the
   * output does not have, with `unwritten`. @param suppressed the exits that --limit did not print,
   * but that other lines count.
   */
  text(unwritten: number, lost: number, suppressed = 0): string {
    const written = this.exits - unwritten;
    const parts = unwritten === 0 ? this.#outcomes() : [];
    if (suppressed > 0) parts.push(`${suppressed} suppressed`);
    const time = formatSeconds((this.now() - this.start) / SECOND);
    const exits = `${counted(written, this.#what)} in ${time}`;
    return `${exits}${parts.length ? ":" : ","} ${[...parts, `${lost} lost`].join(", ")}`;
  }

  #outcomes(): string[] {
    const parts: string[] = [];
    const oom = this.#oomKilled ? ` (${this.#oomKilled} by the OOM killer)` : "";
    if (this.#failed) parts.push(`${this.#failed} failed`);
    if (this.#killed) parts.push(`${this.#killed} killed${oom}`);
    return parts;
  }
}

/** Formats `0.04 s`, `0.4 s`, `41 s`, `3 min 12 s`, `2 h 5 min`, `9 d 1 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < MIN_TENTHS) return `${Math.round(100 * seconds) / 100} s`;
  const tenths = Math.round(10 * seconds) / 10;
  if (tenths < MIN_WHOLE_SECONDS) return `${tenths} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}
