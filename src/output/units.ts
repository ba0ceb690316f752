/** Writes durations and sizes for people, in the largest fitting unit: at most seven characters. */
import type { Timespec } from "../exit/timespec.ts";
import { DOT } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { withoutFtl } from "./ftl.ts";

const ZERO = 0x30;
const NO_UNIT = bytesOf("");
const NS = bytesOf("ns");
const US = bytesOf("us");
const MS = bytesOf("ms");
const BYTE_UNITS = ["", "K", "M", "G", "T", "P", "E"].map(bytesOf);

const SECOND = { seconds: 1, name: bytesOf("s") };
const MINUTE = { seconds: 60, name: bytesOf("m") };
const HOUR = { seconds: 3600, name: bytesOf("h") };
const DAY = { seconds: 86_400, name: bytesOf("d") };

/** Writes a value with three digits; returns false, without writing, if it rounds to `limit`. */
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

/** Writes `12m34s`: an integer of one unit and, in two digits, of the next smaller one. */
function writeTwo(out: ByteWriter, seconds: number, unit: typeof SECOND, smaller: typeof SECOND): void {
  out.integer(Math.floor(seconds / unit.seconds));
  out.put(unit.name);
  out.padded(Math.floor((seconds % unit.seconds) / smaller.seconds), 2);
  out.put(smaller.name);
}

/** Writes `0`, `813ns`, `12.3us`, `1.23ms`, `59.9s`, `12m34s`, `3h07m`, `41d05h`, `9999d`. */
export function writeDuration(out: ByteWriter, { seconds, nanoseconds }: Timespec): void {
  if (seconds === 0 && nanoseconds < 1000) {
    out.integer(nanoseconds);
    out.put(nanoseconds ? NS : NO_UNIT);
    return;
  }
  if (seconds === 0 && nanoseconds < 1e6 && writeThree(out, nanoseconds / 1e3, US)) return;
  if (seconds === 0 && writeThree(out, nanoseconds / 1e6, MS)) return;
  if (seconds < MINUTE.seconds && writeThree(out, seconds + nanoseconds / 1e9, SECOND.name, MINUTE.seconds)) return;
  writeMinutes(out, seconds, nanoseconds);
}

/**
 * Writes `0.8us`, `12.3us`, `5.2ms`, `228ms`, `59.9s`, `12m34s`, `41d05h`: with one decimal, for
 * columns that are read at a glance. All divisions are those of small integers, which are fast.
 */
export function writeShortDuration(out: ByteWriter, { seconds, nanoseconds }: Timespec): void {
  if (seconds > 0) {
    const tenths = 10 * seconds + (((nanoseconds + 5e7) / 1e8) | 0);
    if (tenths < 10 * MINUTE.seconds) writeTenths(out, tenths, SECOND.name);
    else writeMinutes(out, seconds, nanoseconds);
  } else if (nanoseconds < 999_500) {
    if (nanoseconds < 99_950) writeTenths(out, ((nanoseconds + 50) / 100) | 0, US);
    else writeWhole(out, ((nanoseconds + 500) / 1000) | 0, US);
  } else if (nanoseconds < 99_950_000) {
    writeTenths(out, ((nanoseconds + 50_000) / 100_000) | 0, MS);
  } else if (nanoseconds < 999_500_000) {
    writeWhole(out, ((nanoseconds + 500_000) / 1_000_000) | 0, MS);
  } else {
    writeTenths(out, 10, SECOND.name);
  }
}

function writeTenths(out: ByteWriter, tenths: number, unit: Uint8Array): void {
  const whole = (tenths / 10) | 0;
  out.integer(whole);
  out.byte(DOT);
  out.byte(ZERO + tenths - 10 * whole);
  out.put(unit);
}

function writeWhole(out: ByteWriter, value: number, unit: Uint8Array): void {
  out.integer(value);
  out.put(unit);
}

for (const part of [writeShortDuration, writeTenths, writeWhole]) withoutFtl(part);

/** Writes the largest two units of at least a minute. */
function writeMinutes(out: ByteWriter, seconds: number, nanoseconds: number): void {
  const whole = seconds + (nanoseconds >= 5e8 ? 1 : 0);
  if (whole < HOUR.seconds) return writeTwo(out, whole, MINUTE, SECOND);
  if (whole < DAY.seconds) return writeTwo(out, whole, HOUR, MINUTE);
  if (whole < 1000 * DAY.seconds) return writeTwo(out, whole, DAY, HOUR);
  out.integer(Math.floor(whole / DAY.seconds));
  out.put(DAY.name);
}

/** Writes `512`, `4.0K`, `1.5M`, `23M`: powers of 1024, one decimal below 10, for a u64. */
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
