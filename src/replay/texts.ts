import type { ByteWriter } from "../text/byte-writer.ts";

/** A part of the texts of a line. */
export class TextRange {
  start = 0;
  end = 0;

  set(start: number, end: number): void {
    this.start = start;
    this.end = end;
  }
}

/** Bounds of the memory: a text beyond them evicts all others. */
const MAX_TEXTS = 4096;
const MAX_TOTAL_BYTES = 4 * 1024 * 1024;

/**
 * Keeps one copy of texts that many exits have: users, units, the paths of cgroups. Equal texts are
 * the same object, so that what is computed from one can be kept by it.
 */
export class SharedTexts {
  #byHash = new Map<number, Uint8Array>();
  #totalBytes = 0;

  /** Returns the text that was appended to `texts` since its length was `start`. */
  get(texts: ByteWriter, start: number): Uint8Array {
    const { bytes, length } = texts;
    // FNV-1a
    let hash = 0x811c9dc5;
    for (let i = start; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const known = this.#byHash.get(hash);
    if (known && isEqual(known, bytes, start, length)) return known;
    return this.#keep(hash, bytes.slice(start, length));
  }

  /** Replaces a text with the same hash. */
  #keep(hash: number, text: Uint8Array): Uint8Array {
    if (this.#byHash.size >= MAX_TEXTS || this.#totalBytes + text.length > MAX_TOTAL_BYTES) {
      this.#byHash.clear();
      this.#totalBytes = 0;
    }
    this.#byHash.set(hash, text);
    this.#totalBytes += text.length;
    return text;
  }
}

function isEqual(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false;
  return true;
}
