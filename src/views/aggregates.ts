import type { Exit } from "../exit/exit.ts";
import { KeyBuffer, type KeyPart, PART_NONE, partsOf } from "./key-buffer.ts";
import { hashOf, KeyIndex } from "./key-index.ts";
import type { SummaryKey } from "./keys.ts";
import { lackingKeys, lackingSums, type LacksColumn } from "./lacks.ts";
import { Tally } from "./tally.ts";

/** The number of aggregates that are kept. Each takes 4 KB, and at most 1 KB for each key. */
export const MAX_AGGREGATES = 1024;

/** The sums of the exits with the same key. */
export class Aggregate {
  /** The number of its last exit. */
  lastExit = 0;

  constructor(
    readonly key: Uint8Array,
    readonly hash: number,
    readonly tally: Tally,
    readonly labels: (Uint8Array | null)[],
    /** False if earlier exits with this key may have been counted in Aggregates.other. */
    public isComplete: boolean,
  ) {}

  get parts(): KeyPart[] {
    return partsOf(this.key, this.labels);
  }
}

/**
 * Sums of exits by key. Memory is bounded: a new key beyond `maxAggregates` moves the half of the
 * aggregates with the fewest exits to `other`. So each exit is in exactly one sum.
 */
export class Aggregates {
  /** The exits of aggregates that were moved. */
  readonly other = new Tally();
  readonly #index: KeyIndex<Aggregate>;
  /** Tallies of aggregates that were moved, for new ones: each is as large as a page. */
  #idle: Tally[] = [];
  readonly #key: KeyBuffer;
  readonly #lackingSums;
  readonly #lackingKeys;
  #exits = 0;

  constructor(
    readonly keys: readonly SummaryKey[],
    lacks?: LacksColumn,
    readonly maxAggregates = MAX_AGGREGATES,
  ) {
    this.#lackingSums = lackingSums(lacks);
    this.#lackingKeys = lackingKeys(lacks, keys);
    this.#index = new KeyIndex(maxAggregates);
    this.#key = new KeyBuffer(keys.length);
  }

  /** The aggregates that have exits, in no order. */
  get all(): Aggregate[] {
    return this.#index.entries.filter(({ tally }) => tally.exits > 0);
  }

  /** Counts an exit, or several like it. Allocates nothing if its key is known. */
  add(exit: Exit, count = 1): void {
    const { keys } = this;
    const key = this.#key;
    key.reset();
    for (let i = 0; i < keys.length; i++) {
      key.beginPart();
      key.endPart(this.#lackingKeys?.[i]!(exit) ? PART_NONE : keys[i]!.identify(key, exit));
    }
    const hash = hashOf(key);
    const aggregate = this.#index.find(key, hash) ?? this.#create(hash);
    aggregate.tally.add(exit, this.#lackingSums, count);
    aggregate.lastExit = ++this.#exits;
    for (let i = 0; i < keys.length; i++) {
      const { labelOf } = keys[i]!;
      if (labelOf && aggregate.labels[i] === null) aggregate.labels[i] = labelOf(exit)?.slice() ?? null;
    }
  }

  /** Begins new sums. The aggregates stay, so that their keys are known. */
  clear(): void {
    this.other.clear();
    for (const aggregate of this.#index.entries) {
      aggregate.tally.clear();
      aggregate.isComplete = true;
    }
  }

  #create(hash: number): Aggregate {
    if (this.#index.isFull) this.#evict();
    const { bytes, length } = this.#key;
    const labels = this.keys.map(() => null);
    const tally = this.#idle.pop() ?? new Tally();
    const aggregate = new Aggregate(bytes.slice(0, length), hash, tally, labels, this.other.exits === 0);
    this.#index.add(aggregate);
    return aggregate;
  }

  /** Moves the half with the fewest exits, and of those the oldest, to `other`. */
  #evict(): void {
    const sorted = this.#index.entries.toSorted((a, b) => a.tally.exits - b.tally.exits || a.lastExit - b.lastExit);
    const evicted = sorted.splice(0, Math.ceil(sorted.length / 2));
    for (const { tally } of evicted) {
      if (tally.exits > 0) this.other.merge(tally);
      tally.clear();
      this.#idle.push(tally);
    }
    this.#index.replace(sorted);
  }
}
