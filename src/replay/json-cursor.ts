import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  DOT,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { codePoint, decode, INVALID } from "../text/utf8.ts";
import { BrokenLine, notJson, wrongValue } from "./broken-line.ts";
import { FALSE, JsonTokens, TRUE } from "./json-tokens.ts";

const ZERO = 0x30;
const MAX_DEPTH = 64;
const MAX_NUMBER_BYTES = 400;
/** The characters of the short escapes, by their letters. */
const escapes: Record<number, number> = {
  0x22: 0x22,
  0x5c: 0x5c,
  0x2f: 0x2f,
  0x62: 8,
  0x66: 12,
  0x6e: 10,
  0x72: 13,
  0x74: 9,
};
/** Has 1 for each byte of ASCII that a string may have as it is. */
const isPlain = new Uint8Array(256).fill(1, 0x20, 0x80);
isPlain[QUOTE] = 0;
isPlain[BACKSLASH] = 0;

/** Reads a line of JSON: see JsonTokens. */
export class JsonCursor extends JsonTokens {
  #ignored = new ByteWriter();

  /** Appends the bytes of a string. */
  string(out: ByteWriter): void {
    this.open();
    const { bytes, end } = this;
    for (;;) {
      const at = out.copyWhile(isPlain, bytes, this.at, end);
      this.at = at;
      if (at >= end) throw new BrokenLine("cut");
      const byte = bytes[at]!;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) this.#escape(out);
      else this.#character(out);
    }
    this.at++;
  }

  /** Copies a character that is not ASCII. */
  #character(out: ByteWriter): void {
    const { bytes, at, end } = this;
    const size = decode(bytes, at, end);
    if (codePoint === INVALID || codePoint < 0x20) throw at + size >= end ? new BrokenLine("cut") : notJson();
    out.put(bytes, at, at + size);
    this.at = at + size;
  }

  #escape(out: ByteWriter): void {
    const letter = this.bytes[this.at + 1]!;
    this.at += 2;
    if (letter === 0x75) return writeCharacter(out, this.#unicode());
    const byte = escapes[letter];
    if (byte === undefined) throw this.broken();
    out.byte(byte);
  }

  /** Reads the digits of `\uNNNN`, and the second half of a surrogate pair. */
  #unicode(): number {
    const first = this.#hex();
    if (first === 0) throw wrongValue("has a NUL");
    if (first < 0xd800 || first > 0xdfff) return first;
    const isPair = first < 0xdc00 && this.bytes[this.at] === BACKSLASH && this.bytes[this.at + 1] === 0x75;
    if (!isPair) throw this.broken();
    this.at += 2;
    const second = this.#hex();
    if (second < 0xdc00 || second > 0xdfff) throw this.broken();
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  #hex(): number {
    let value = 0;
    for (let i = 0; i < 4; i++, this.at++) {
      const digit = Number.parseInt(String.fromCharCode(this.bytes[this.at] ?? 0), 16);
      if (!(digit >= 0)) throw this.broken();
      value = 16 * value + digit;
    }
    return value;
  }

  /** Reads over a value of any kind. */
  skip(depth = 0): void {
    const byte = this.peek();
    if (depth > MAX_DEPTH) throw wrongValue("is nested too deeply");
    if (byte === QUOTE) {
      this.#ignored.reset();
      this.string(this.#ignored);
    } else if (byte === OPEN_BRACE) {
      this.at++;
      if (this.takes(CLOSE_BRACE)) return;
      do {
        if (this.peek() !== QUOTE) throw this.broken();
        this.skip(depth);
        this.expect(COLON);
        this.skip(depth + 1);
      } while (this.hasMore(CLOSE_BRACE));
    } else if (byte === OPEN_BRACKET) {
      this.at++;
      if (this.takes(CLOSE_BRACKET)) return;
      do this.skip(depth + 1);
      while (this.hasMore(CLOSE_BRACKET));
    } else if (!this.isNull() && !this.takesAll(TRUE) && !this.takesAll(FALSE)) {
      this.#skipNumber();
    }
  }

  #skipNumber(): void {
    let stop = this.at;
    // most numbers are whole
    while (stop < this.end && isDigit(this.bytes[stop]!)) stop++;
    const isWhole = stop > this.at && (stop === this.at + 1 || this.bytes[this.at] !== ZERO);
    if (isWhole && !isNumberByte(this.bytes[stop]!)) {
      this.at = stop;
      return;
    }
    while (stop < this.end && isNumberByte(this.bytes[stop]!)) stop++;
    if (stop - this.at > MAX_NUMBER_BYTES) throw wrongValue("is too long a number");
    const text = String.fromCharCode(...this.bytes.subarray(this.at, stop));
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw this.broken();
    this.at = stop;
  }
}

const isDigit = (byte: number) => byte >= ZERO && byte <= ZERO + 9;

/** Matches digits, signs, the point and the exponent. */
const isNumberByte = (byte: number) =>
  isDigit(byte) || byte === MINUS || byte === 0x2b || byte === DOT || byte === 0x65 || byte === 0x45;

/** Writes a code point in UTF-8. */
function writeCharacter(out: ByteWriter, code: number): void {
  out.reserve(4);
  if (code < 0x80) return out.byte(code);
  if (code < 0x800) {
    out.byte(0xc0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      out.byte(0xe0 | (code >> 12));
    } else {
      out.byte(0xf0 | (code >> 18));
      out.byte(0x80 | ((code >> 12) & 0x3f));
    }
    out.byte(0x80 | ((code >> 6) & 0x3f));
  }
  out.byte(0x80 | (code & 0x3f));
}
