import { startOfCharacter } from "../text/utf8.ts";

/** Longer texts of a key are cut to this length, bytes, and compared without the rest. */
export const MAX_PART_BYTES = 1024;
/** The bytes before each part: its length, and one of the flags below. */
const HEAD_BYTES = 2;
const LENGTH_MASK = 0x0fff;
/** The part has a value. */
export const PART_WHOLE = 0;
/** The part is the beginning of a longer text. */
export const PART_CUT = 0x4000;
/** The exit has no value for this part. */
export const PART_NONE = 0x8000;

/**
 * The bytes of the key of one exit, by which its aggregate is looked up: a part for each key of
 * --by. Nothing is allocated after the construction.
 */
export class KeyBuffer {
  readonly bytes: Uint8Array;
  length = 0;
  #part = 0;

  /** @param parts the number of parts of a key. */
  constructor(parts: number) {
    this.bytes = new Uint8Array(parts * (HEAD_BYTES + MAX_PART_BYTES));
  }

  reset(): void {
    this.length = 0;
  }

  beginPart(): void {
    this.#part = this.length;
    this.length += HEAD_BYTES;
  }

  /** Writes the head of the part. @param flag a PART constant. */
  endPart(flag: number): void {
    const head = (this.length - this.#part - HEAD_BYTES) | flag;
    this.bytes[this.#part] = head & 0xff;
    this.bytes[this.#part + 1] = head >> 8;
  }

  u32(value: number): void {
    const { bytes } = this;
    const at = this.length;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.length = at + 4;
  }

  /** Appends a text, or as much of it as a part has room for. Returns PART_WHOLE or PART_CUT. */
  text(from: Uint8Array, start: number, end: number): number {
    const room = MAX_PART_BYTES - (this.length - this.#part - HEAD_BYTES);
    const isCut = end - start > room;
    const last = isCut ? startOfCharacter(from, start + room) : end;
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < last; at++) bytes[to++] = from[at]!;
    this.length = to;
    return isCut ? PART_CUT : PART_WHOLE;
  }
}

/** One part of the key of an aggregate, for its writers. */
export interface KeyPart {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** False if the exits have no such value. */
  hasValue: boolean;
  isCut: boolean;
  /** A name for the value, if it has one and it is known. */
  label: Uint8Array | null;
}

/** Divides a key into its parts. @param labels one for each part. */
export function partsOf(bytes: Uint8Array, labels: readonly (Uint8Array | null)[]): KeyPart[] {
  const parts: KeyPart[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]! | (bytes[at + 1]! << 8);
    const start = at + HEAD_BYTES;
    const end = start + (head & LENGTH_MASK);
    const label = labels[parts.length] ?? null;
    parts.push({ bytes, start, end, hasValue: !(head & PART_NONE), isCut: (head & PART_CUT) !== 0, label });
    at = end;
  }
  return parts;
}

/** Returns the number that KeyBuffer.u32() has written. */
export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
