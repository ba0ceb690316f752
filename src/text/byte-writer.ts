// not imported: JavaScriptCore does not treat imported bindings as constants
const SPACE = 0x20;
const ZERO = 0x30;
const BILLION = 1e9;
const TEN_TO = Array.from({ length: 16 }, (_, power) => 10 ** power);

/** The three digits of each number below 1000, as the bytes of a little-endian word. */
const THREE_DIGITS = new Int32Array(1000);
/** The digits without leading zeros; the last byte of the word is the number of digits. */
const SHORT_DIGITS = new Int32Array(1000);
// arithmetic, because formatting 1000 strings would take a sixth of the start-up time
for (let value = 0; value < 1000; value++) {
  const tens = (value / 10) | 0;
  const word = 0x303030 | ((value / 100) | 0) | ((tens % 10) << 8) | ((value % 10) << 16);
  const zeros = value < 10 ? 2 : value < 100 ? 1 : 0;
  THREE_DIGITS[value] = word;
  SHORT_DIGITS[value] = (word >> (8 * zeros)) | ((3 - zeros) << 24);
}
const FOUR_SPACES = 0x20202020;
const HEX = new TextEncoder().encode("0123456789abcdef");

/**
 * Text that ByteWriter.literal() copies eight bytes at a time. The words are doubles: a BigInt
 * would be allocated. No eight bytes of UTF-8 are a NaN, whose bits the engine may change.
 */
export class Literal {
  length: number;
  readonly words: Float64Array;
  readonly #bytes: Uint8Array;

  /** @param room for a text that replaces this one, bytes. */
  constructor(text: string, room = 0) {
    const bytes = bytesOf(text);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(Math.max(bytes.length, room) / 8));
    this.#bytes = new Uint8Array(this.words.buffer);
    this.set(bytes, 0);
  }

  /** Replaces the text by one of the same length. */
  set(from: Uint8Array, start: number): void {
    for (let i = 0; i < this.length; i++) this.#bytes[i] = from[start + i]!;
  }

  /** Replaces the text by one for which there is room. */
  replace(from: Uint8Array, start: number, end: number): void {
    this.length = end - start;
    this.set(from, start);
  }
}

/** More than a line takes besides its variable texts; reserve() leaves as much free. */
const LINE_BYTES = 2048;

/**
 * A growing buffer. It is filled with the lines of a batch, written at once and reset. byte(),
 * literal() and hex() do not check for room: reserve() must have been called for the line.
 */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  length = 0;
  /** A view of `bytes` for whole words; the last word may extend past `length`. */
  #words = new DataView(this.bytes.buffer);
  /** The largest `length` that leaves room for a line. */
  #limit = this.bytes.length - LINE_BYTES;

  reset(): void {
    this.length = 0;
  }

  /** Makes room for a text of that many bytes and the rest of its line. */
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

  /** Copies bytes one by one, which is faster than set() for short texts. */
  put(from: Uint8Array, start = 0, end = from.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at++) bytes[to++] = from[at]!;
    this.length = to;
  }

  /** Appends many bytes: put() copies few faster. */
  append(from: Uint8Array): void {
    this.reserve(from.length);
    this.bytes.set(from, this.length);
    this.length += from.length;
  }

  literal({ words, length }: Literal): void {
    const to = this.#words;
    const start = this.length;
    for (let i = 0; 8 * i < length; i++) to.setFloat64(start + 8 * i, words[i]!, true);
    this.length = start + length;
  }

  /** Copies bytes up to the first for which `allowed` has no 1; returns its position. */
  copyWhile(allowed: Uint8Array, from: Uint8Array, start: number, end: number): number {
    this.reserve(end - start);
    const { bytes } = this;
    let to = this.length;
    let at = start;
    for (; at < end && allowed[from[at]!] === 1; at++) bytes[to++] = from[at]!;
    this.length = to;
    return at;
  }

  /** Copies all bytes if `allowed` has a 1 for each of them; returns true if it has. */
  copyIf(allowed: Uint8Array, from: Uint8Array, start: number, end: number): boolean {
    const before = this.length;
    if (this.copyWhile(allowed, from, start, end) === end) return true;
    this.length = before;
    return false;
  }

  /** Writes the lowest hexadecimal digits of a u32. Needs room, as byte() does. */
  hex(value: number, digits: number): void {
    for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) this.byte(HEX[(value >>> shift) & 15]!);
  }

  /** Writes an integer of 0 to 2^53 in decimal. */
  integer(value: number): void {
    this.reserve(0);
    if (value < 1000) {
      this.#shortDigits(value);
    } else if (value < 1_000_000) {
      const thousands = (value / 1000) | 0;
      this.#shortDigits(thousands);
      this.#threeDigits(value - 1000 * thousands);
    } else if (value < BILLION) {
      const thousands = (value / 1000) | 0;
      const millions = (thousands / 1000) | 0;
      this.#shortDigits(millions);
      this.#threeDigits(thousands - 1000 * millions);
      this.#threeDigits(value - 1000 * thousands);
    } else {
      let billions = Math.floor(value / BILLION);
      // the division may have rounded up
      if (billions * BILLION > value) billions--;
      this.integer(billions);
      this.nineDigits(value - BILLION * billions);
    }
  }

  /** Writes an integer with leading zeros, in at least that many digits. */
  padded(value: number, digits: number): void {
    for (let power = digits - 1; power > 0 && value < TEN_TO[power]!; power--) this.byte(ZERO);
    this.integer(value);
  }

  /** Writes the nine digits of an integer below 10^9. */
  nineDigits(value: number): void {
    this.reserve(0);
    const thousands = (value / 1000) | 0;
    const millions = (thousands / 1000) | 0;
    this.#threeDigits(millions);
    this.#threeDigits(thousands - 1000 * millions);
    this.#threeDigits(value - 1000 * thousands);
  }

  /** Writes a Timespec as one integer of nanoseconds, exact beyond 2^53. */
  nanoseconds(time: { readonly seconds: number; readonly nanoseconds: number }): void {
    if (time.seconds === 0) {
      this.integer(time.nanoseconds);
    } else {
      this.integer(time.seconds);
      this.nineDigits(time.nanoseconds);
    }
  }

  #shortDigits(value: number): void {
    const word = SHORT_DIGITS[value]!;
    this.#words.setInt32(this.length, word, true);
    this.length += word >> 24;
  }

  #threeDigits(value: number): void {
    this.#words.setInt32(this.length, THREE_DIGITS[value]!, true);
    this.length += 3;
  }

  /**
   * Fills the line that began at `start` with spaces up to a column; writes at least one space
   * except at column 0.
   */
  tabTo(column: number, start: number): void {
    const end = Math.max(start + column, column > 0 ? this.length + 1 : 0);
    for (let at = this.length; at < end; at += 4) this.#words.setInt32(at, FOUR_SPACES, true);
    if (end > this.length) this.length = end;
  }

  /** Right-aligns the text from `from` on in a field of that width. */
  alignRight(from: number, width: number): void {
    const shift = width - (this.length - from);
    if (shift <= 0) return;
    const { bytes } = this;
    for (let at = this.length - 1; at >= from; at--) bytes[at + shift] = bytes[at]!;
    for (let at = from; at < from + shift; at++) bytes[at] = SPACE;
    this.length += shift;
  }

  /** Returns what was written, until the next reset(). */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  toString(): string {
    return decoder.decode(this.written);
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Encodes a constant part of the output; called at start-up, not per exit. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Encodes the text of a number when it is first needed: most signals never are. */
export function bytesByNumber(textOf: (number: number) => string): (number: number) => Uint8Array {
  const texts: Uint8Array[] = [];
  return (number) => (texts[number] ??= bytesOf(textOf(number)));
}
