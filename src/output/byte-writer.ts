import type { Span } from "../enrich/span.ts";

const SPACE = 32;
const MINUS = 45;
const ZERO = 48;

/** More than any number or single character takes; always free behind `length` after reserve(). */
const SLACK = 256;

/** `000` to `999`: numbers are written three digits at a time, with one division for each three. */
const THREE = new Uint8Array(3000);
for (let i = 0; i < 1000; i++) {
  for (const [place, digit] of [...String(i).padStart(3, "0")].entries()) THREE[3 * i + place] = ZERO + Number(digit);
}

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
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text[i]!;
    this.length = at;
  }

  /** A whole number up to 2^53, in decimal. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(MINUS);
      this.integer(-value);
    } else if (value >= 1000) {
      const thousands = Math.floor(value / 1000);
      this.integer(thousands);
      this.three(value - thousands * 1000);
    } else {
      if (value >= 100) this.byte(THREE[3 * value]!);
      if (value >= 10) this.byte(THREE[3 * value + 1]!);
      this.byte(THREE[3 * value + 2]!);
    }
  }

  /** Two digits: 0 to 99. */
  two(value: number): void {
    this.byte(THREE[3 * value + 1]!);
    this.byte(THREE[3 * value + 2]!);
  }

  /** Three digits: 0 to 999. */
  three(value: number): void {
    const { bytes, length } = this;
    const digits = 3 * value;
    bytes[length] = THREE[digits]!;
    bytes[length + 1] = THREE[digits + 1]!;
    bytes[length + 2] = THREE[digits + 2]!;
    this.length = length + 3;
  }

  /** Six digits: 0 to 999999. */
  six(value: number): void {
    const thousands = Math.floor(value / 1000);
    this.three(thousands);
    this.three(value - thousands * 1000);
  }

  /** Nine digits: 0 to 999999999. */
  nine(value: number): void {
    const millions = Math.floor(value / 1_000_000);
    this.three(millions);
    this.six(value - millions * 1_000_000);
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
