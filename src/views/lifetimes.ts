import { compareTimes, Timespec } from "../exit/timespec.ts";

/** A power of two is divided into 2^SUB_BITS buckets of the same width. */
const SUB_BITS = 3;
const SUB_BUCKETS = 2 ** SUB_BITS;
/** The last power of two: 2^50 µs are 35 years. Longer lifetimes are in the last bucket. */
const MAX_EXPONENT = 50;
const BUCKETS = (MAX_EXPONENT - SUB_BITS + 2) * SUB_BUCKETS;
/** Factors from a number of 2^exponent to a number of SUB_BUCKETS. */
const SCALES = Float64Array.from({ length: MAX_EXPONENT + 1 }, (_, exponent) => 2 ** (SUB_BITS - exponent));
const NS_PER_US = 1000;
const US_PER_SECOND = 1e6;

/** So many lifetimes are from `from` to `to`, both included, in whole µs. */
interface LifetimeRange {
  from: number;
  to: number;
  count: number;
}

/**
 * The distribution of lifetimes, in a bounded histogram of whole microseconds: exact below 8 µs,
 * then eight buckets for each power of two, so that no bucket is wider than an eighth of its lower
 * bound. The shortest and the longest lifetime are exact.
 */
export class Lifetimes {
  readonly max = new Timespec();
  #minNs = Number.POSITIVE_INFINITY;
  #count = 0;
  /** Doubles: a count of 32 bits can overflow within days. */
  readonly #buckets = new Float64Array(BUCKETS);
  /** The first and the last bucket that is not 0. */
  #first = BUCKETS;
  #last = -1;

  add(lifetime: Timespec): void {
    const { seconds, nanoseconds } = lifetime;
    const bucket = bucketOf(seconds * US_PER_SECOND + ((nanoseconds / NS_PER_US) | 0));
    this.#buckets[bucket]!++;
    this.#count++;
    if (bucket < this.#first) this.#first = bucket;
    if (bucket > this.#last) this.#last = bucket;
    if (compareTimes(lifetime, this.max) > 0) this.max.setTo(lifetime);
    if (lifetime.ns < this.#minNs) this.#minNs = lifetime.ns;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  merge(other: Lifetimes): void {
    const from = other.#buckets;
    for (let i = other.#first; i <= other.#last; i++) this.#buckets[i]! += from[i]!;
    this.#first = Math.min(this.#first, other.#first);
    this.#last = Math.max(this.#last, other.#last);
    this.#count += other.#count;
    this.#minNs = Math.min(this.#minNs, other.#minNs);
    if (compareTimes(other.max, this.max) > 0) this.max.setTo(other.max);
  }

  clear(): void {
    if (this.#count > 0) this.#buckets.fill(0, this.#first, this.#last + 1);
    this.#first = BUCKETS;
    this.#last = -1;
    this.#count = 0;
    this.#minNs = Number.POSITIVE_INFINITY;
    this.max.set(0, 0);
  }

  /**
   * Returns the lifetime, in ns, that this share of the processes did not exceed; undefined without
   * any. It is the middle of a bucket, and so wrong by at most a sixteenth, or exact if it is the
   * shortest or the longest.
   */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    const maxNs = this.max.ns;
    if (rank === this.#count) return maxNs;
    if (rank === 1) return this.#minNs;
    let sum = 0;
    let bucket = this.#first;
    while (bucket < this.#last && (sum += this.#buckets[bucket]!) < rank) bucket++;
    const middle = (NS_PER_US * (lowerBound(bucket) + lowerBound(bucket + 1))) / 2;
    return Math.round(Math.min(Math.max(middle, this.#minNs), maxNs));
  }

  /** Returns the numbers of lifetimes by powers of two, 0 to 1 µs first, up to the longest. */
  powersOfTwo(): LifetimeRange[] {
    const ranges: LifetimeRange[] = [];
    for (let bucket = 0, to = 1; bucket <= this.#last; to = 2 * to + 1) {
      const from = lowerBound(bucket);
      let count = 0;
      for (; bucket < BUCKETS && lowerBound(bucket) <= to; bucket++) count += this.#buckets[bucket]!;
      ranges.push({ from, to, count });
    }
    return ranges;
  }
}

/** Returns the index of the bucket for a lifetime in whole µs. */
function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  // clz32() takes 32 bits
  const exponent = us < 0x8000_0000 ? 31 - Math.clz32(us) : 61 - Math.clz32(us / 0x4000_0000);
  if (exponent > MAX_EXPONENT) return BUCKETS - 1;
  return (exponent - SUB_BITS) * SUB_BUCKETS + ((us * SCALES[exponent]!) | 0);
}

/** Returns the smallest lifetime of a bucket, in µs. */
function lowerBound(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const power = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * 2 ** power;
}
