import type { Span } from "../enrich/span.ts";

const SPACE = 32;
const ZERO = 48;

const TEN_TO = Array.from({ length: 16 }, (_, power) => 10 ** power);

/** Whether a byte of UTF-8 is not the first of its character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** More than any number or single character takes; always free behind `length` after reserve(). */
const SLACK = 256;

/**
 * Bytes in the making: one growing buffer, filled per batch, written once, reset. reserve() makes the room for a line; the
 * others rely on it and do not check. Positions are byte offsets.
 */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  /** Room for that many bytes of text, and for some numbers besides. */
  reserve(count: number): void {
    const need = this.length + count + SLACK;
    if (need <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, need));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** A short constant; for so few bytes a loop is faster than the engine's copy. */
  put(text: Uint8Array): void {
    const size = text.length;
    this.reserve(size);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < size; i++) bytes[start + i] = text[i]!;
    this.length = start + size;
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

  /** A whole number up to 2^53 in decimal, with leading zeros up to `least` digits. */
  integer(value: number, least = 1): void {
    let digits = least;
    for (let bound = TEN_TO[least]!; bound <= value; bound *= 10) digits++;
    this.reserve(digits);
    const { bytes } = this;
    const start = this.length;
    this.length = start + digits;
    let rest = value;
    for (let at = start + digits - 1; at >= start; at--) {
      const quotient = Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - quotient * 10);
      rest = quotient;
    }
  }

  /** All nanoseconds of a span as one whole number, exact past 2^53. */
  nanoseconds(span: Span): void {
    if (span.seconds === 0) {
      this.integer(span.nanoseconds);
    } else {
      this.integer(span.seconds);
      this.integer(span.nanoseconds, 9);
    }
  }

  /** How many characters were written since `from`, in UTF-8. */
  characters(from: number): number {
    let count = 0;
    for (let at = from; at < this.length; at++) count += isContinuation(this.bytes[at]!) ? 0 : 1;
    return count;
  }

  /** Where the character with that index, counted since `from`, begins. */
  positionOf(index: number, from: number): number {
    let at = from;
    for (let rest = index; rest > 0; rest--) {
      at++;
      while (isContinuation(this.bytes[at]!)) at++;
    }
    return at;
  }

  /** Spaces up to a column of the line that began at `start`; one at least, where something stands before it. */
  tabTo(column: number, start: number): void {
    if (column > 0 && this.length - start >= column) this.byte(SPACE);
    while (this.length - start < column) this.byte(SPACE);
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
