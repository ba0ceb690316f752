import type { Span } from "../enrich/span.ts";

const SPACE = 32;
const MINUS = 45;
const ZERO = 48;

/** Bytes in the making: one growing buffer, filled per batch, written once, reset. Positions are byte offsets. */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  put(text: Uint8Array): void {
    if (this.length + text.length > this.bytes.length) this.#grow(text.length);
    this.bytes.set(text, this.length);
    this.length += text.length;
  }

  /** Copies a few bytes of another buffer as they are. */
  copy(from: Uint8Array, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) this.#grow(end - start);
    for (let i = start; i < end; i++) this.bytes[this.length++] = from[i]!;
  }

  /** A whole number up to 2^53 in decimal. */
  integer(value: number): void {
    let rest = value;
    if (rest < 0) {
      this.byte(MINUS);
      rest = -rest;
    }
    let digits = 1;
    for (let power = 10; power <= rest; power *= 10) digits++;
    this.#decimal(rest, digits);
  }

  /** The same with leading zeros. */
  digits(value: number, width: number): void {
    this.#decimal(value, width);
  }

  /** All nanoseconds of a span as one whole number, exact past 2^53. */
  nanoseconds(span: Span): void {
    if (span.seconds === 0) {
      this.integer(span.nanoseconds);
    } else {
      this.integer(span.seconds);
      this.#decimal(span.nanoseconds, 9);
    }
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
    if (this.length + shift > this.bytes.length) this.#grow(shift);
    this.bytes.copyWithin(from + shift, from, this.length);
    this.bytes.fill(SPACE, from, from + shift);
    this.length += shift;
  }

  #decimal(value: number, digits: number): void {
    if (this.length + digits > this.bytes.length) this.#grow(digits);
    this.length += digits;
    let rest = value;
    for (let at = this.length - 1, left = digits; left > 0; at--, left--) {
      const quotient = Math.floor(rest / 10);
      this.bytes[at] = ZERO + (rest - quotient * 10);
      rest = quotient;
    }
  }

  #grow(need: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + need));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

const encoder = new TextEncoder();

/** For the constant parts of the output, once, not per event. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}
