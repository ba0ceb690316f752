/**
 * Writes C numbers in decimal, exactly at every width. Only floating-point numbers allocate memory.
 */
import { MINUS } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";

export type ValueWriter = (out: ByteWriter, at: number) => void;

const BILLION = 1_000_000_000;
const TWO_32 = 0x1_0000_0000;
/** Below 2^53 a number is exact. */
const EXACT_HIGH = 2 ** 21;
const NULL = bytesOf("null");

/**
 * An integer of up to 128 bits in parts of 16 bits, the lowest first. A step of a long division
 * then stays below 2^46, which a double holds exactly.
 */
const limbs = new Float64Array(8);
const TWO_16 = 0x1_0000;
const groups = new Float64Array(5);

/** Writes the number in the limbs by long division by 10^9, which overwrites it. */
function writeLimbs(out: ByteWriter, count: number): void {
  let last = 0;
  for (let group = 0; group < groups.length; group++) {
    let rest = 0;
    for (let i = count - 1; i >= 0; i--) {
      const part = rest * TWO_16 + limbs[i]!;
      limbs[i] = Math.floor(part / BILLION);
      rest = part - limbs[i]! * BILLION;
    }
    groups[group] = rest;
    if (rest > 0) last = group;
  }
  out.integer(groups[last]!);
  for (let group = last - 1; group >= 0; group--) out.nineDigits(groups[group]!);
}

/** Two's complement: turns a negative number in the limbs into its absolute value. */
function negateLimbs(count: number): void {
  let carry = 1;
  for (let i = 0; i < count; i++) {
    const part = TWO_16 - 1 - limbs[i]! + carry;
    carry = part >= TWO_16 ? 1 : 0;
    limbs[i] = carry ? part - TWO_16 : part;
  }
}

/** Writes a u64 given in two halves. */
export function writeU64(out: ByteWriter, high: number, low: number): void {
  if (high < EXACT_HIGH) {
    out.integer(high * TWO_32 + low);
  } else {
    limbs[0] = low % TWO_16;
    limbs[1] = Math.floor(low / TWO_16);
    limbs[2] = high % TWO_16;
    limbs[3] = Math.floor(high / TWO_16);
    writeLimbs(out, 4);
  }
}

/** Writes an s64 given in two unsigned halves. */
export function writeS64(out: ByteWriter, high: number, low: number): void {
  if (high < 0x8000_0000) return writeU64(out, high, low);
  out.byte(MINUS);
  const lowest = low === 0 ? 0 : TWO_32 - low;
  writeU64(out, TWO_32 - high - (low === 0 ? 0 : 1), lowest);
}

function writeSigned(out: ByteWriter, value: number): void {
  if (value < 0) out.byte(MINUS);
  out.integer(Math.abs(value));
}

function write128(out: ByteWriter, view: DataView, at: number, isSigned: boolean): void {
  for (let i = 0; i < 8; i++) limbs[i] = view.getUint16(at + 2 * i, true);
  if (isSigned && limbs[7]! >= 0x8000) {
    out.byte(MINUS);
    negateLimbs(8);
  }
  writeLimbs(out, 8);
}

/** Returns a writer of integers of 1, 2, 4, 8 or 16 bytes; undefined for other sizes. */
export function integerWriter(view: DataView, size: number, isSigned: boolean): ValueWriter | undefined {
  switch (size) {
    case 1:
      return isSigned ? (out, at) => writeSigned(out, view.getInt8(at)) : (out, at) => out.integer(view.getUint8(at));
    case 2:
      return isSigned
        ? (out, at) => writeSigned(out, view.getInt16(at, true))
        : (out, at) => out.integer(view.getUint16(at, true));
    case 4:
      return isSigned
        ? (out, at) => writeSigned(out, view.getInt32(at, true))
        : (out, at) => out.integer(view.getUint32(at, true));
    case 8:
      return isSigned
        ? (out, at) => writeS64(out, view.getUint32(at + 4, true), view.getUint32(at, true))
        : (out, at) => writeU64(out, view.getUint32(at + 4, true), view.getUint32(at, true));
    case 16:
      return (out, at) => write128(out, view, at, isSigned);
  }
  return undefined;
}

/**
 * Formats a number as Rust's serde_json does: the shortest digits that give the same f64, always
 * with a fraction, or an exponent from 10^16 on and below 10^-5. Returns null for NaN and
 * infinities.
 */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [, sign, first, rest = "", power] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential())!;
  const digits = `${first}${rest}`;
  // the position of the decimal point, counted in digits
  const point = Number(power) + 1;
  if (point > 16 || point <= -5) return `${sign}${first}${rest ? `.${rest}` : ""}e${point - 1}`;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Returns a writer of floats of 4 or 8 bytes; undefined for other sizes. */
export function floatWriter(view: DataView, size: number): ValueWriter | undefined {
  if (size !== 4 && size !== 8) return undefined;
  return (out, at) => {
    const value = size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    out.put(Number.isFinite(value) ? bytesOf(floatText(value)) : NULL);
  };
}
