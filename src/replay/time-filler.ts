import type { Exit } from "../exit/exit.ts";
import { compareTimes, Timespec } from "../exit/timespec.ts";
import { Offset } from "../record/layout.ts";
import { wrongValue } from "./broken-line.ts";
import type { ExitLine } from "./exit-line.ts";
import type { ObjectReader } from "./object-reader.ts";

const BILLION = 1_000_000_000n;

/** Sets the times of a line's exit. Two of time, start_time and duration_ns give the third. */
export class TimeFiller {
  readonly #sinceBoot = new Timespec();
  readonly #duration = new Timespec();
  readonly #number = new Timespec();
  readonly #time: number;
  readonly #start: number;
  readonly #durationNs: number;
  readonly #id: number;
  readonly #tid: number;

  constructor(
    readonly line: ExitLine,
    readonly reader: ObjectReader<ExitLine>,
    readonly exit: Exit,
  ) {
    this.#time = reader.indexOf("time");
    this.#start = reader.indexOf("start_time");
    this.#durationNs = reader.indexOf("duration_ns");
    this.#id = reader.indexOf("id");
    this.#tid = reader.indexOf("tid");
  }

  /** @throws BrokenLine if the times contradict each other. */
  fill(): void {
    const { reader } = this;
    const { time, startTime, process } = this.line;
    const hasTime = reader.knows(this.#time);
    const hasDuration = reader.knows(this.#durationNs);
    const duration = this.#duration.set(process.record.durationHigh, process.record.durationLow);
    if (reader.knows(this.#start)) {
      const end = this.#number.setTo(startTime).add(duration.seconds, duration.nanoseconds);
      if (!hasTime) time.setTo(end);
      else if (hasDuration && compareTimes(end, time) !== 0)
        throw wrongValue("time, start_time and duration_ns contradict each other");
      if (hasTime && !hasDuration) this.#setDuration();
    } else if (!hasTime) {
      time.seconds = time.nanoseconds = 0;
    }
    const { seconds, nanoseconds } = this.#setExitTime(hasDuration);
    this.exit.update(seconds, nanoseconds);
  }

  /**
   * Sets the time of the exit by CLOCK_BOOTTIME: the start in `id`, plus the duration. Returns the
   * difference to the wall clock. For threads, and if the line lacks them, it is 0.
   */
  #setExitTime(hasDuration: boolean): Timespec {
    const { reader } = this;
    const { time, process } = this.line;
    const { record, view } = process;
    if (hasDuration && reader.knows(this.#id) && !reader.has(this.#tid)) {
      const low = record.low(Offset.startTimeNs) + record.durationLow;
      const high = record.high(Offset.startTimeNs) + record.durationHigh + (low > 0xffff_ffff ? 1 : 0);
      view.setUint32(Offset.exitTimeNs, low, true);
      view.setUint32(Offset.exitTimeNs + 4, high, true);
      const { seconds, nanoseconds } = this.#sinceBoot.set(high >>> 0, low >>> 0);
      return this.#number.setTo(time).subtract(seconds, nanoseconds);
    }
    view.setBigUint64(Offset.exitTimeNs, BigInt(time.seconds) * BILLION + BigInt(time.nanoseconds), true);
    return this.#number.set(0, 0);
  }

  /** Sets the duration to the time between start_time and time. */
  #setDuration(): void {
    const { time, startTime, process } = this.line;
    const { seconds, nanoseconds } = this.#number.setTo(time).subtract(startTime.seconds, startTime.nanoseconds);
    if (seconds < 0) throw wrongValue("time is before start_time");
    process.view.setBigUint64(Offset.durationNs, BigInt(seconds) * BILLION + BigInt(nanoseconds), true);
  }
}
