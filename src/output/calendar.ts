import { COLON, MINUS } from "../text/ascii.ts";
import type { ByteWriter } from "../text/byte-writer.ts";

const T = 0x54;
const DAY = 86_400;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468;
const DAYS_PER_ERA = 146_097;
const YEARS_PER_ERA = 400;

/**
 * Writes `2026-11-23T13:44:41` for seconds since 1970 UTC, without the objects that Date allocates.
 * The year must be 0 to 9999. The days are those of the proleptic Gregorian calendar, in years that
 * begin in March (Howard Hinnant, days_from_civil).
 */
export function writeUtcSeconds(out: ByteWriter, seconds: number): void {
  const day = Math.floor(seconds / DAY);
  const shifted = day + EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - DAYS_PER_ERA * era;
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  out.padded(YEARS_PER_ERA * era + yearOfEra + (month <= 2 ? 1 : 0), 4);
  out.byte(MINUS);
  out.padded(month, 2);
  out.byte(MINUS);
  out.padded(dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1, 2);
  out.byte(T);
  writeClock(out, seconds);
}

/** Writes `13:44:41` for seconds since 1970 in any time zone. */
export function writeClock(out: ByteWriter, seconds: number): void {
  const second = seconds - DAY * Math.floor(seconds / DAY);
  out.padded((second / 3600) | 0, 2);
  out.byte(COLON);
  out.padded(((second % 3600) / 60) | 0, 2);
  out.byte(COLON);
  out.padded(second % 60, 2);
}
