/** Lengths of time and sizes for people: at most seven characters, the value in the unit that fits it. */
import type { Span } from "../exit/timespec.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";

const DOT = 0x2e;
const B = bytesOf("");
const NS = bytesOf("ns");
const US = bytesOf("us");
const MS = bytesOf("ms");
const S = bytesOf("s");
const M = 0x6d;
const H = 0x68;
const D = 0x64;
const BYTE_UNITS = ["", "K", "M", "G", "T", "P", "E"].map(bytesOf);

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Three digits of a value below 1000 that was not yet rounded; returns false where rounding takes it to 1000 (or to `limit`). */
function writeThree(out: ByteWriter, value: number, unit: Uint8Array, limit = 1000): boolean {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const scale = 10 ** decimals;
  const rounded = Math.round(value * scale);
  if (rounded >= limit * scale) return false;
  out.integer(Math.floor(rounded / scale));
  if (decimals > 0) {
    out.byte(DOT);
    out.padded(rounded % scale, decimals);
  }
  out.put(unit);
  return true;
}

/** `12m34s`: a whole number of one unit and, in two digits, of the next. */
function writeTwo(
  out: ByteWriter,
  seconds: number,
  unit: number,
  letter: number,
  below: number,
  belowLetter: number,
): void {
  out.integer(Math.floor(seconds / unit));
  out.byte(letter);
  out.padded(Math.floor((seconds % unit) / below), 2);
  out.byte(belowLetter);
}

/** `0`, `813ns`, `12.3us`, `1.23ms`, `59.9s`, `12m34s`, `3h07m`, `41d05h`, `9999d`. */
export function writeDuration(out: ByteWriter, { seconds, nanoseconds }: Span): void {
  if (seconds === 0 && nanoseconds < 1000) {
    out.integer(nanoseconds);
    out.put(nanoseconds ? NS : B);
    return;
  }
  if (seconds === 0 && nanoseconds < 1e6 && writeThree(out, nanoseconds / 1e3, US)) return;
  if (seconds === 0 && writeThree(out, nanoseconds / 1e6, MS)) return;
  if (seconds < MINUTE && writeThree(out, seconds + nanoseconds / 1e9, S, MINUTE)) return;
  const whole = seconds + (nanoseconds >= 5e8 ? 1 : 0);
  if (whole < HOUR) return writeTwo(out, whole, MINUTE, M, 1, 0x73);
  if (whole < DAY) return writeTwo(out, whole, HOUR, H, MINUTE, M);
  if (whole < 1000 * DAY) return writeTwo(out, whole, DAY, D, HOUR, H);
  out.integer(Math.floor(whole / DAY));
  out.byte(D);
}

/** `512`, `4.0K`, `1.5M`, `23M`: powers of 1024, one decimal below 10. Takes the halves of a u64. */
export function writeBytes(out: ByteWriter, high: number, low: number): void {
  let value = high * 0x1_0000_0000 + low;
  let unit = 0;
  // 1023.5K would be printed as 1024K
  while (value >= (unit === 0 ? 1024 : 1023.5) && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0 || value >= 9.95) {
    out.integer(Math.round(value));
  } else {
    const tenths = Math.round(value * 10);
    out.integer(Math.floor(tenths / 10));
    out.byte(DOT);
    out.integer(tenths % 10);
  }
  out.put(BYTE_UNITS[unit]!);
}
