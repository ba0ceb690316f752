import type { Span } from "../exit/timespec.ts";

const SPACE = 32;
const ZERO = 48;

const BILLION = 1e9;
const TEN_TO = Array.from({ length: 16 }, (_, power) => 10 ** power);

/** The three digits of each number below 1000, as the bytes of a little-endian word. */
const GROUP = new Int32Array(1000);
/** The same without zeros in front; how many digits that leaves is the word's last byte. */
const FRONT = new Int32Array(1000);
// by arithmetic: of texts it would be a sixth of what the binary takes to start
for (let value = 0; value < 1000; value++) {
  const tens = (value / 10) | 0;
  const word = 0x303030 | ((value / 100) | 0) | ((tens % 10) << 8) | ((value % 10) << 16);
  const zeros = value < 10 ? 2 : value < 100 ? 1 : 0;
  GROUP[value] = word;
  FRONT[value] = (word >> (8 * zeros)) | ((3 - zeros) << 24);
}
const FOUR_SPACES = wordOf("    ");

function wordOf(text: string): number {
  let word = 0;
  for (let i = 0; i < text.length; i++) word |= text.charCodeAt(i) << (8 * i);
  return word;
}

/**
 * Text that is written again and again, in words of eight bytes, a store each. They are doubles, as a BigInt would be allocated; of
 * UTF-8 none is a NaN, whose bits the engine would not keep.
 */
export class Constant {
  readonly length: number;
  readonly words: Float64Array;

  constructor(text: string) {
    const bytes = bytesOf(text);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(bytes.length / 8));
    new Uint8Array(this.words.buffer).set(bytes);
  }
}

/** More than a line takes without the text in it; always free behind `length` after reserve(). */
const LINE_BYTES = 2048;

/**
 * Bytes in the making: one growing buffer, filled per batch, written once, reset. reserve() makes the room for a text and for
 * a line; byte() and constant() rely on it and do not check. Positions are byte offsets.
 */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  length = 0;
  /** The same bytes, for words at any place; a last word may go past `length`, into the slack. */
  #words = new DataView(this.bytes.buffer);

  /** As far as `length` may go before a line. */
  #limit = this.bytes.length - LINE_BYTES;

  reset(): void {
    this.length = 0;
  }

  /** Room for that many bytes of text, and for the rest of its line. */
  reserve(count: number): void {
    if (this.length + count > this.#limit) this.#grow(count);
  }

  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count + LINE_BYTES));
    larger.set(this.bytes);
    this.bytes = larger;
    this.#words = new DataView(larger.buffer);
    this.#limit = larger.length - LINE_BYTES;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** A short text; for so few bytes a loop is faster than the engine's copy. */
  put(text: Uint8Array): void {
    const size = text.length;
    this.reserve(size);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < size; i++) bytes[start + i] = text[i]!;
    this.length = start + size;
  }

  /** Relies on reserve(), as a line has many of them. */
  constant({ words, length }: Constant): void {
    const to = this.#words;
    const start = this.length;
    for (let i = 0; i < words.length; i++) to.setFloat64(start + 8 * i, words[i]!, true);
    this.length = start + length;
  }

  /** Copies bytes as long as `allowed` has a 1 for them; returns where it stopped. */
  copyWhile(allowed: Uint8Array, from: Uint8Array, start: number, end: number): number {
    this.reserve(end - start);
    const { bytes } = this;
    let to = this.length;
    let at = start;
    for (; at < end && allowed[from[at]!] === 1; at++) bytes[to++] = from[at]!;
    this.length = to;
    return at;
  }

  /** A whole number up to 2^53 in decimal. */
  integer(value: number): void {
    this.reserve(0);
    if (value < 1000) {
      this.#front(value);
    } else if (value < 1_000_000) {
      const thousands = (value / 1000) | 0;
      this.#front(thousands);
      this.#group(value - 1000 * thousands);
    } else if (value < BILLION) {
      const thousands = (value / 1000) | 0;
      const millions = (thousands / 1000) | 0;
      this.#front(millions);
      this.#group(thousands - 1000 * millions);
      this.#group(value - 1000 * thousands);
    } else {
      let billions = Math.floor(value / BILLION);
      // the quotient was rounded up
      if (billions * BILLION > value) billions--;
      this.integer(billions);
      this.nine(value - BILLION * billions);
    }
  }

  /** The same with leading zeros up to so many digits. */
  padded(value: number, digits: number): void {
    for (let power = digits - 1; power > 0 && value < TEN_TO[power]!; power--) this.byte(ZERO);
    this.integer(value);
  }

  /** All nine digits of a number below 10^9. */
  nine(value: number): void {
    this.reserve(0);
    const thousands = (value / 1000) | 0;
    const millions = (thousands / 1000) | 0;
    this.#group(millions);
    this.#group(thousands - 1000 * millions);
    this.#group(value - 1000 * thousands);
  }

  /** All nanoseconds of a span as one whole number, exact past 2^53. */
  nanoseconds(span: Span): void {
    if (span.seconds === 0) {
      this.integer(span.nanoseconds);
    } else {
      this.integer(span.seconds);
      this.nine(span.nanoseconds);
    }
  }

  #front(value: number): void {
    const word = FRONT[value]!;
    this.#words.setInt32(this.length, word, true);
    this.length += word >> 24;
  }

  #group(value: number): void {
    this.#words.setInt32(this.length, GROUP[value]!, true);
    this.length += 3;
  }

  /** Spaces up to a column of the line that began at `start`; one at least, where something stands before it. */
  tabTo(column: number, start: number): void {
    const end = Math.max(start + column, column > 0 ? this.length + 1 : 0);
    for (let at = this.length; at < end; at += 4) this.#words.setInt32(at, FOUR_SPACES, true);
    if (end > this.length) this.length = end;
  }

  /** Moves what was written since `from` to the right edge of a field of that width. */
  alignRight(from: number, width: number): void {
    const shift = width - (this.length - from);
    if (shift <= 0) return;
    const { bytes } = this;
    for (let at = this.length - 1; at >= from; at--) bytes[at + shift] = bytes[at]!;
    for (let at = from; at < from + shift; at++) bytes[at] = SPACE;
    this.length += shift;
  }
}

const encoder = new TextEncoder();

/** For the constant parts of the output, once, not per event. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}
