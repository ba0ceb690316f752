import type { Span } from "../exit/timespec.ts";
import { type ByteWriter, Constant } from "./byte-writer.ts";

export const timeForms = ["local", "utc", "iso", "unix", "delta", "none"] as const;
export type TimeForm = (typeof timeForms)[number];

/** Writes a moment (a span since 1970 UTC), always in the same width but for `unix` and `delta`. */
export type TimeWriter = (out: ByteWriter, moment: Span) => void;

const DOT = 46;
const MINUS = 45;
const Z = 90;

/** Text that changes once a second, made once a second: calendars and time zones are slow. */
function perSecond(format: (date: Date) => string): TimeWriter {
  let second = Number.NaN;
  let text = new Constant("");
  return (out, moment) => {
    if (moment.seconds !== second) {
      second = moment.seconds;
      text = new Constant(format(new Date(second * 1000)));
    }
    out.constant(text);
  };
}

/** Seconds east of UTC at a moment, in seconds since 1970. */
export type UtcOffset = (seconds: number) => number;

/** The engine's own knowledge: zones that TZ names, not the rules that it can hold as well. */
const engineOffset: UtcOffset = (seconds) => -60 * new Date(seconds * 1000).getTimezoneOffset();

/** `HH:MM:SS` where we are. */
export function localTime(utcOffset: UtcOffset = engineOffset): TimeWriter {
  return perSecond((date) => {
    const seconds = date.getTime() / 1000;
    return new Date((seconds + utcOffset(seconds)) * 1000).toISOString().slice(11, 19);
  });
}

/** `HH:MM:SS` in UTC. */
function utcTime(): TimeWriter {
  return perSecond((date) => date.toISOString().slice(11, 19));
}

/** RFC 3339 in UTC with nine decimals: `2026-11-23T13:44:41.123456789Z`. */
export function rfc3339(): TimeWriter {
  const writeSeconds = perSecond((date) => date.toISOString().slice(0, 20));
  return (out, moment) => {
    writeSeconds(out, moment);
    out.nine(moment.nanoseconds);
    out.byte(Z);
  };
}

/** Seconds since 1970 UTC with nine decimals. */
const unix: TimeWriter = (out, moment) => {
  out.integer(moment.seconds);
  out.byte(DOT);
  out.nine(moment.nanoseconds);
};

/** Seconds since the exit in the line before, by the clock that nobody sets, with six decimals; two CPUs can hand them over out of order. */
function delta(): TimeWriter {
  let seconds = Number.NaN;
  let nanoseconds = 0;
  return (out, moment) => {
    const whole = Number.isNaN(seconds) ? 0 : (moment.seconds - seconds) * 1e6;
    const part = Number.isNaN(seconds) ? 0 : Math.round((moment.nanoseconds - nanoseconds) / 1000);
    const micros = Math.abs(whole + part);
    seconds = moment.seconds;
    nanoseconds = moment.nanoseconds;
    if (whole + part < 0) out.byte(MINUS);
    out.integer(Math.floor(micros / 1e6));
    out.byte(DOT);
    out.padded(micros % 1e6, 6);
  };
}

/** How a form of time is written, and how wide it is in a table. */
export interface TimeLook {
  write: TimeWriter;
  width: number;
  /** Whether it wants the moment since boot, whatever is done to the wall clock meanwhile. */
  isSinceBoot?: true;
}

/** None for `none`. */
export function timeWriter(form: TimeForm, utcOffset?: UtcOffset): TimeLook | undefined {
  switch (form) {
    case "local":
      return { write: localTime(utcOffset), width: 8 };
    case "utc":
      return { write: utcTime(), width: 8 };
    case "iso":
      return { write: rfc3339(), width: 30 };
    case "unix":
      return { write: unix, width: 20 };
    case "delta":
      return { write: delta(), width: 10, isSinceBoot: true };
    case "none":
      return undefined;
  }
}
