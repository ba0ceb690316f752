import type { Exit } from "../exit/exit.ts";
import { KeyBuffer, type KeyPart, PART_NONE, partsOf } from "./key-buffer.ts";
import type { SummaryKey } from "./keys.ts";
import { lackingKeys, lackingSums, type LacksColumn } from "./lacks.ts";
import { Tally } from "./tally.ts";

/** The number of aggregates that are kept. Each takes 4 KB, and at most 1 KB for each key. */
export const MAX_AGGREGATES = 1024;
/** A power of two, so that a quarter of the slots are used at most. */
const SLOTS_PER_AGGREGATE = 4;
const FNV_PRIME = 0x0100_0193;
const FNV_BASIS = 0x811c_9dc5 | 0;

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
  #aggregates: Aggregate[] = [];
  /** Tallies of aggregates that were moved, for new ones: each is as large as a page. */
  #idle: Tally[] = [];
  /** The index of an aggregate plus 1, by hash; 0: none. */
  readonly #slots: Int32Array;
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
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(maxAggregates * SLOTS_PER_AGGREGATE)));
    this.#key = new KeyBuffer(keys.length);
  }

  /** The aggregates that have exits, in no order. */
  get all(): Aggregate[] {
    return this.#aggregates.filter(({ tally }) => tally.exits > 0);
  }

  /** Counts an exit. Allocates nothing if its key is known. */
  add(exit: Exit): void {
    const { keys } = this;
    const key = this.#key;
    key.reset();
    for (let i = 0; i < keys.length; i++) {
      key.beginPart();
      key.endPart(this.#lackingKeys?.[i]!(exit) ? PART_NONE : keys[i]!.identify(key, exit));
    }
    const aggregate = this.#find(hashOf(key.bytes, key.length));
    aggregate.tally.add(exit, this.#lackingSums);
    aggregate.lastExit = ++this.#exits;
    for (let i = 0; i < keys.length; i++) {
      const { labelOf } = keys[i]!;
      if (labelOf && aggregate.labels[i] === null) aggregate.labels[i] = labelOf(exit)?.slice() ?? null;
    }
  }

  /** Begins new sums. The aggregates stay, so that their keys are known. */
  clear(): void {
    this.other.clear();
    for (const aggregate of this.#aggregates) {
      aggregate.tally.clear();
      aggregate.isComplete = true;
    }
  }

  /** Returns the aggregate of the key in the buffer. */
  #find(hash: number): Aggregate {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const aggregate = this.#aggregates[slots[slot]! - 1]!;
      if (aggregate.hash === hash && this.#isKeyOf(aggregate)) return aggregate;
    }
    return this.#create(hash);
  }

  #isKeyOf({ key }: Aggregate): boolean {
    const { bytes, length } = this.#key;
    if (key.length !== length) return false;
    for (let i = 0; i < length; i++) if (key[i] !== bytes[i]) return false;
    return true;
  }

  #create(hash: number): Aggregate {
    if (this.#aggregates.length >= this.maxAggregates) this.#evict();
    const { bytes, length } = this.#key;
    const labels = this.keys.map(() => null);
    const tally = this.#idle.pop() ?? new Tally();
    const aggregate = new Aggregate(bytes.slice(0, length), hash, tally, labels, this.other.exits === 0);
    this.#aggregates.push(aggregate);
    this.#insert(aggregate, this.#aggregates.length);
    return aggregate;
  }

  #insert({ hash }: Aggregate, index: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = index;
  }

  /** Moves the half with the fewest exits, and of those the oldest, to `other`. */
  #evict(): void {
    const sorted = this.#aggregates.toSorted((a, b) => a.tally.exits - b.tally.exits || a.lastExit - b.lastExit);
    const evicted = sorted.splice(0, Math.ceil(sorted.length / 2));
    for (const { tally } of evicted) {
      if (tally.exits > 0) this.other.merge(tally);
      tally.clear();
      this.#idle.push(tally);
    }
    this.#aggregates = sorted;
    this.#slots.fill(0);
    this.#aggregates.forEach((aggregate, i) => this.#insert(aggregate, i + 1));
  }
}

/** FNV-1a. Keys that collide on purpose make a lookup compare at most all aggregates' hashes. */
function hashOf(bytes: Uint8Array, length: number): number {
  let hash = FNV_BASIS;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash ^ (hash >>> 15);
}
