import { COMMA, DOT, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } from "../text/ascii.ts";
import { bytesOf } from "../text/byte-writer.ts";
import { BrokenLine, notJson, wrongValue } from "./broken-line.ts";

const ZERO = 0x30;
const WORD = 0x1_0000_0000;
/** A number of at most this many digits is exact as a JavaScript number. */
const MAX_EXACT_DIGITS = 15;
const MAX_U64_DIGITS = 20;
/**
 * Constant text of four bytes or more, which is compared in words: the last one overlaps the one
 * before. No eight bytes of UTF-8 are a NaN.
 */
export class Token {
  readonly length: number;
  /** Its whole words of eight bytes, and its last eight bytes. */
  readonly words: Float64Array;
  readonly lastWord: number;
  /** Its first and last four bytes. */
  readonly first: number;
  readonly last: number;

  constructor(text: string) {
    const bytes = bytesOf(text);
    const view = new DataView(bytes.buffer);
    this.length = bytes.length;
    this.words = new Float64Array(bytes.slice(0, this.length & ~7).buffer);
    this.lastWord = this.words.length > 0 ? view.getFloat64(this.length - 8, true) : 0;
    this.first = view.getInt32(0, true);
    this.last = view.getInt32(this.length - 4, true);
  }
}

const NULL = new Token("null");
const [NULL_START, TRUE_START, FALSE_START] = bytesOf("ntf");
export const TRUE = new Token("true");
export const FALSE = new Token("false");

/**
 * Reads the tokens of a line of JSON, except strings. JSON.parse() would round integers beyond
 * 2^53, and allocate an object and its strings for each line. All methods throw BrokenLine if the
 * next token is not what they read. A byte that no token has, such as LF, or the end of `bytes`
 * must follow the line.
 */
export class JsonTokens {
  bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  /** The halves of the number that u64() or digits() has read. */
  high = 0;
  low = 0;

  moveTo(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Returns the first byte that is not blank. */
  peek(): number {
    const byte = this.bytes[this.at]!;
    return byte > SPACE ? byte : this.#skipBlanks();
  }

  #skipBlanks(): number {
    const { bytes } = this;
    let byte = bytes[this.at]!;
    while (byte === SPACE || byte === 9 || byte === 13) byte = bytes[++this.at]!;
    return byte;
  }

  /** Consumes a byte if it is the next one. */
  takes(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.at++;
    return true;
  }

  /** Consumes a token if it is the next one. */
  takesAll(token: Token): boolean {
    this.peek();
    return this.takesHere(token);
  }

  /** Consumes a token if it begins here: no blanks are skipped. */
  takesHere(token: Token): boolean {
    const { at } = this;
    const { length } = token;
    const stop = at + length;
    if (stop > this.end) return false;
    const view = this.#view;
    if (length < 8) {
      if (view.getInt32(at, true) !== token.first || view.getInt32(stop - 4, true) !== token.last) return false;
    } else {
      if (view.getFloat64(stop - 8, true) !== token.lastWord) return false;
      const { words } = token;
      for (let i = 0; i < words.length; i++) if (view.getFloat64(at + 8 * i, true) !== words[i]) return false;
    }
    this.at = stop;
    return true;
  }

  expect(byte: number): void {
    if (!this.takes(byte)) throw this.broken();
  }

  /** True if only blanks follow. */
  get isAtEnd(): boolean {
    this.peek();
    return this.at >= this.end;
  }

  /** Consumes the brace before an object. */
  expectObject(): void {
    if (!this.takes(OPEN_BRACE)) throw this.isToken() ? wrongValue("is not an object") : this.broken();
  }

  /** Consumes a comma, or what closes the object or array. Returns true for a comma. */
  hasMore(close: number): boolean {
    if (this.takes(COMMA)) return true;
    this.expect(close);
    return false;
  }

  isNull(): boolean {
    return this.peek() === NULL_START && this.takesAll(NULL);
  }

  boolean(): boolean {
    if (this.takesAll(TRUE)) return true;
    if (this.takesAll(FALSE)) return false;
    throw this.isToken() ? wrongValue("is not true or false") : this.broken();
  }

  /** Reads a whole number from 0 to 2^64 - 1 into `high` and `low`. */
  u64(): void {
    this.peek();
    if (this.#digits() === 0) throw this.isToken() ? wrongValue("is not a whole number") : this.broken();
    const byte = this.bytes[this.at];
    if (byte === DOT || byte === 0x65 || byte === 0x45) throw wrongValue("is not a whole number");
  }

  /** Reads a whole number from 0 to `max`, which is at most 2^53. */
  number(max: number): number {
    this.u64();
    const value = this.high * WORD + this.low;
    if (value > max) throw wrongValue("is out of range");
    return value;
  }

  /** Reads a whole number that may be negative. */
  integer(min: number, max: number): number {
    if (!this.takes(MINUS)) return this.number(max);
    return -this.number(-min);
  }

  /** Reads digits within a string into `high` and `low`. */
  digits(): void {
    if (this.#digits() === 0) throw this.at >= this.end ? new BrokenLine("cut") : wrongValue("has no number");
  }

  /** Returns the number of digits. */
  #digits(): number {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[at]! - ZERO) {
      value = value * 10 + digit;
      at++;
    }
    const count = at - start;
    if (count > 1 && bytes[start] === ZERO) throw notJson();
    this.at = at;
    if (count > MAX_EXACT_DIGITS) {
      this.#large(start, count);
    } else {
      this.low = value >>> 0;
      this.high = (value - this.low) / WORD;
    }
    return count;
  }

  #large(start: number, count: number): void {
    const text = count > MAX_U64_DIGITS ? "" : String.fromCharCode(...this.bytes.subarray(start, start + count));
    const value = BigInt(text || -1);
    if (value < 0n || value >> 64n) throw wrongValue("is out of range");
    this.high = Number(value >> 32n);
    this.low = Number(value & 0xffff_ffffn);
  }

  /** Consumes the quote before a string. */
  open(): void {
    if (!this.takes(QUOTE)) throw this.isToken() ? wrongValue("is not a text") : this.broken();
  }

  /** Consumes the bracket before an array. */
  expectArray(): void {
    if (!this.takes(OPEN_BRACKET)) throw this.isToken() ? wrongValue("is not a list") : this.broken();
  }

  /** Returns true if a value begins here: then it is of another kind. */
  protected isToken(): boolean {
    const byte = this.peek();
    return (
      byte === QUOTE ||
      byte === OPEN_BRACE ||
      byte === OPEN_BRACKET ||
      byte === MINUS ||
      (byte >= ZERO && byte <= ZERO + 9) ||
      byte === TRUE_START ||
      byte === FALSE_START ||
      byte === NULL_START
    );
  }

  /** Returns the error for something that is not JSON: the line may end too early. */
  protected broken(): BrokenLine {
    return this.at >= this.end ? new BrokenLine("cut") : notJson();
  }
}
