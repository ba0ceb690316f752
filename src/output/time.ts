import type { Timespec } from "../exit/timespec.ts";
import { DOT, MINUS } from "../text/ascii.ts";
import { type ByteWriter, Literal } from "../text/byte-writer.ts";
import { writeClock, writeUtcSeconds } from "./calendar.ts";
import { withoutFtl } from "./ftl.ts";

export const timeForms = ["local", "utc", "iso", "unix", "delta", "none"] as const;
export type TimeForm = (typeof timeForms)[number];

/** Writes a time since 1970 UTC. The width is constant except for `unix` and `delta`. */
export type TimeWriter = (out: ByteWriter, time: Timespec) => void;

const Z = 90;
const SECONDS_PER_DAY = 86_400;

/**
 * Caches the text of the last second, so that times of different kinds need writers of their own.
 * @param write writes as many bytes as `example` has.
 */
function perSecond(example: string, write: (out: ByteWriter, seconds: number) => void): TimeWriter {
  const text = new Literal(example);
  let second = Number.NaN;
  return (out, { seconds }) => {
    if (seconds === second) return out.literal(text);
    const start = out.length;
    write(out, seconds);
    text.set(out.bytes, start);
    second = seconds;
  };
}

/** Returns the seconds east of UTC at a time in seconds since 1970. */
export type UtcOffset = (seconds: number) => number;

/** Asks the engine, which knows time zones by name but not the POSIX rules that TZ may contain. */
const engineOffset: UtcOffset = (seconds) => -60 * new Date(seconds * 1000).getTimezoneOffset();

/** `HH:MM:SS` in the local time zone. */
export function localTime(utcOffset: UtcOffset = engineOffset): TimeWriter {
  return perSecond("13:44:41", (out, seconds) => writeClock(out, seconds + utcOffset(seconds)));
}

/** `HH:MM:SS` in UTC. */
const utcTime = () => perSecond("13:44:41", writeClock);

/** Adds milliseconds to a form that ends with seconds. */
function withMilliseconds(write: TimeWriter): TimeWriter {
  withoutFtl(write);
  return withoutFtl((out, time) => {
    write(out, time);
    out.byte(DOT);
    out.padded((time.nanoseconds / 1e6) | 0, 3);
  });
}

/** RFC 3339 in UTC with nine decimals: `2026-11-23T13:44:41.123456789Z`. */
export function rfc3339(): TimeWriter {
  const writeSecond = perSecond("2026-11-23T13:44:41.", (out, seconds) => {
    writeUtcSeconds(out, seconds);
    out.byte(DOT);
  });
  return (out, time) => {
    writeSecond(out, time);
    out.nineDigits(time.nanoseconds);
    out.byte(Z);
  };
}

/** Seconds since 1970 UTC with nine decimals. */
const unixTime: TimeWriter = (out, time) => {
  out.integer(time.seconds);
  out.byte(DOT);
  out.nineDigits(time.nanoseconds);
};

/**
 * Seconds since the exit in the line before, with six decimals. The difference is negative if two
 * CPUs delivered their records out of order.
 */
function delta(): TimeWriter {
  let seconds = Number.NaN;
  let nanoseconds = 0;
  return (out, time) => {
    const whole = Number.isNaN(seconds) ? 0 : (time.seconds - seconds) * 1e6;
    const part = Number.isNaN(seconds) ? 0 : Math.round((time.nanoseconds - nanoseconds) / 1000);
    const micros = Math.abs(whole + part);
    seconds = time.seconds;
    nanoseconds = time.nanoseconds;
    if (whole + part < 0) out.byte(MINUS);
    out.integer(Math.floor(micros / 1e6));
    out.byte(DOT);
    out.padded(micros % 1e6, 6);
  };
}

export interface TimeFormat {
  write: TimeWriter;
  /** The width of the table's column. */
  width: number;
  /** True if write() takes the time since boot, which does not change when the clock is set. */
  isSinceBoot?: true;
}

/** Returns undefined for `none`. */
export function timeFormat(form: TimeForm, utcOffset?: UtcOffset): TimeFormat | undefined {
  return timeFormats[form]?.(utcOffset);
}

/** Returns the form for the table for people: times without a date have milliseconds. */
export function timeFormatForPeople(form: TimeForm, utcOffset?: UtcOffset): TimeFormat | undefined {
  const format = timeFormat(form, utcOffset);
  if (!format || (form !== "local" && form !== "utc")) return format;
  return { write: withMilliseconds(format.write), width: format.width + 4 };
}

/**
 * Returns a function that returns the number of the day since 1970 of a time in seconds, for forms
 * of times that have no date; undefined for the others.
 */
export function dayOfForm(
  form: TimeForm,
  utcOffset: UtcOffset = engineOffset,
): ((seconds: number) => number) | undefined {
  if (form === "local") return (seconds) => Math.floor((seconds + utcOffset(seconds)) / SECONDS_PER_DAY);
  return form === "utc" ? (seconds) => Math.floor(seconds / SECONDS_PER_DAY) : undefined;
}

/** Formats `2026-11-30`. */
export function formatDay(day: number): string {
  return new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10);
}

const timeFormats: Partial<Record<TimeForm, (utcOffset?: UtcOffset) => TimeFormat>> = {
  local: (utcOffset) => ({ write: localTime(utcOffset), width: 8 }),
  utc: () => ({ write: utcTime(), width: 8 }),
  iso: () => ({ write: rfc3339(), width: 30 }),
  unix: () => ({ write: unixTime, width: 20 }),
  delta: () => ({ write: delta(), width: 10, isSinceBoot: true }),
};
