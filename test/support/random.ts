/**
 * Pseudorandom numbers from a seed, so that a failure can be repeated: mulberry32 by Tommy
 * Ettinger, public domain.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0..2^32-1 */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0..limit-1 */
  below(limit: number): number {
    return Math.floor((this.u32() / 2 ** 32) * limit);
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /**
   * A u64 whose number of significant bits is uniform, so that small values are as likely as large.
   */
  u64(): bigint {
    const all = (BigInt(this.u32()) << 32n) | BigInt(this.u32());
    return all >> BigInt(this.below(64));
  }
}

/**
 * Returns how many random values a test tries: `count`, or in `npm run faults` a multiple of it.
 */
export const repeated = (count: number) => count * Number(process.env.FAULTS_MORE ?? 1);
