import type { KeyBuffer } from "./key-buffer.ts";

/** A power of two, so that a quarter of the slots are used at most. */
const SLOTS_PER_ENTRY = 4;
const FNV_PRIME = 0x0100_0193;
const FNV_BASIS = 0x811c_9dc5 | 0;

/** An entry of a KeyIndex. */
export interface Keyed {
  readonly key: Uint8Array;
  /** The hashOf() of the key. */
  readonly hash: number;
}

/** A hash table of at most `maxEntries` entries. A lookup allocates nothing. */
export class KeyIndex<Entry extends Keyed> {
  #entries: Entry[] = [];
  /** The index of an entry plus 1, by hash; 0: none. */
  readonly #slots: Int32Array;

  constructor(readonly maxEntries: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(maxEntries * SLOTS_PER_ENTRY)));
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get isFull(): boolean {
    return this.#entries.length >= this.maxEntries;
  }

  /** Returns the entry whose key is in the buffer. @param hash the hashOf() of the buffer. */
  find(key: KeyBuffer, hash: number): Entry | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#entries[slots[slot]! - 1]!;
      if (entry.hash === hash && isKeyOf(entry, key)) return entry;
    }
    return undefined;
  }

  /** Adds an entry with a new key. There must be room. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#insert(entry, this.#entries.length);
  }

  /** Replaces all entries. */
  replace(entries: Entry[]): void {
    this.#entries = entries;
    this.#slots.fill(0);
    entries.forEach((entry, i) => this.#insert(entry, i + 1));
  }

  #insert({ hash }: Entry, index: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = index;
  }
}

function isKeyOf({ key }: Keyed, { bytes, length }: KeyBuffer): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (key[i] !== bytes[i]) return false;
  return true;
}

/** FNV-1a. Keys that collide on purpose make a lookup compare at most all entries' hashes. */
export function hashOf({ bytes, length }: KeyBuffer): number {
  let hash = FNV_BASIS;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash ^ (hash >>> 15);
}
