const NS_PER_SECOND = 1_000_000_000;
const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;
/** A u64 whose high half is smaller is below 2^53, so that a JavaScript number holds it exactly. */
const MAX_EXACT_HIGH = 2 ** 21;

/**
 * A time in whole seconds and nanoseconds. It holds every u64 of nanoseconds exactly: a JavaScript
 * number is exact for 104 days only, and a BigInt would be allocated for each exit.
 */
export class Timespec {
  seconds = 0;
  /** 0..999999999 */
  nanoseconds = 0;

  /** Sets the time to the nanoseconds in the two halves of a u64. */
  set(high: number, low: number): this {
    if (high === 0 && low < NS_PER_SECOND) {
      this.seconds = 0;
      this.nanoseconds = low;
      return this;
    }
    if (high >= MAX_EXACT_HIGH) return this.#divide(high, low);
    const total = high * 0x1_0000_0000 + low;
    this.seconds = Math.floor(total / NS_PER_SECOND);
    this.nanoseconds = total - this.seconds * NS_PER_SECOND;
    // the division may have rounded up to the next second
    if (this.nanoseconds < 0) {
      this.seconds--;
      this.nanoseconds += NS_PER_SECOND;
    }
    return this;
  }

  /** Long division in base 2^16: no intermediate value exceeds 2^46. */
  #divide(high: number, low: number): this {
    const q3 = Math.floor(high / NS_PER_SECOND);
    const x2 = (high - q3 * NS_PER_SECOND) * 0x10000 + (low >>> 16);
    const q2 = Math.floor(x2 / NS_PER_SECOND);
    const x1 = (x2 - q2 * NS_PER_SECOND) * 0x10000 + (low & 0xffff);
    const q1 = Math.floor(x1 / NS_PER_SECOND);
    this.seconds = q3 * 0x1_0000_0000 + q2 * 0x10000 + q1;
    this.nanoseconds = x1 - q1 * NS_PER_SECOND;
    return this;
  }

  /** Sets the time to that many ns, rounded down. */
  setNs(ns: number): this {
    this.seconds = Math.floor(ns / NS_PER_SECOND);
    this.nanoseconds = Math.floor(ns - this.seconds * NS_PER_SECOND);
    return this;
  }

  /** The time in ns, rounded beyond 2^53. */
  get ns(): number {
    return NS_PER_SECOND * this.seconds + this.nanoseconds;
  }

  /** Sets the time to that many ms, with a part of one, rounded to ns. */
  setMs(ms: number): this {
    this.seconds = Math.floor(ms / MS_PER_SECOND);
    this.nanoseconds = 0;
    return this.add(0, Math.round((ms - this.seconds * MS_PER_SECOND) * NS_PER_MS));
  }

  /** The time in ms, rounded. */
  get ms(): number {
    return MS_PER_SECOND * this.seconds + this.nanoseconds / NS_PER_MS;
  }

  setTo({ seconds, nanoseconds }: Timespec): this {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    return this;
  }

  /** Subtracts whole seconds and 0..999999999 ns. */
  subtract(seconds: number, nanoseconds: number): this {
    this.seconds -= seconds;
    this.nanoseconds -= nanoseconds;
    if (this.nanoseconds < 0) {
      this.nanoseconds += NS_PER_SECOND;
      this.seconds--;
    }
    return this;
  }

  /** Adds whole seconds and 0..999999999 ns. */
  add(seconds: number, nanoseconds: number): this {
    this.seconds += seconds;
    this.nanoseconds += nanoseconds;
    if (this.nanoseconds >= NS_PER_SECOND) {
      this.nanoseconds -= NS_PER_SECOND;
      this.seconds++;
    }
    return this;
  }
}

type Time = Readonly<Pick<Timespec, "seconds" | "nanoseconds">>;

/** Returns a negative number if `one` is earlier, 0 if the times are equal, else a positive one. */
export function compareTimes(one: Time, other: Time): number {
  return one.seconds - other.seconds || one.nanoseconds - other.nanoseconds;
}
