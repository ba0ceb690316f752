import type { Span } from "../enrich/span.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";

export const timeForms = ["local", "utc", "iso", "unix", "delta", "none"] as const;
export type TimeForm = (typeof timeForms)[number];

/** Writes a moment (a span since 1970 UTC), always in the same width but for `unix` and `delta`. */
export type TimeWriter = (out: ByteWriter, moment: Span) => void;

const COLON = 58;
const DOT = 46;
const MINUS = 45;
const Z = 90;

/**
 * Text that changes once a minute, made once a minute: calendars and time zones are slow, and no zone in use shifts within
 * a minute.
 */
class Minutes {
  #minute = Number.NaN;
  #text = bytesOf("");

  constructor(readonly format: (start: Date) => string) {}

  /** Writes the text of the moment's minute; returns the seconds into it. */
  write(out: ByteWriter, moment: Span): number {
    const minute = Math.floor(moment.seconds / 60);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#text = bytesOf(this.format(new Date(minute * 60_000)));
    }
    out.put(this.#text);
    return moment.seconds - minute * 60;
  }
}

/** `HH:MM:SS`, in the zone that TZ or /etc/localtime names, or in UTC. */
function clock(utc: boolean): TimeWriter {
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = new Minutes((date) =>
    utc ? date.toISOString().slice(11, 16) : `${two(date.getHours())}:${two(date.getMinutes())}`,
  );
  return (out, moment) => {
    const seconds = minutes.write(out, moment);
    out.byte(COLON);
    out.digits(seconds, 2);
  };
}

/** RFC 3339 in UTC with nine decimals: `2026-11-23T13:44:41.123456789Z`. */
export function rfc3339(): TimeWriter {
  const minutes = new Minutes((date) => date.toISOString().slice(0, 17));
  return (out, moment) => {
    const seconds = minutes.write(out, moment);
    out.digits(seconds, 2);
    out.byte(DOT);
    out.digits(moment.nanoseconds, 9);
    out.byte(Z);
  };
}

/** Seconds since 1970 UTC with nine decimals. */
const unix: TimeWriter = (out, moment) => {
  out.integer(moment.seconds);
  out.byte(DOT);
  out.digits(moment.nanoseconds, 9);
};

/** Seconds since the exit in the line before, with six decimals; two CPUs can hand them over out of order. */
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
    out.digits(micros % 1e6, 6);
  };
}

/** The writer and the table's width for a form of time; none for `none`. */
export function timeWriter(form: TimeForm): { write: TimeWriter; width: number } | undefined {
  switch (form) {
    case "local":
      return { write: clock(false), width: 8 };
    case "utc":
      return { write: clock(true), width: 8 };
    case "iso":
      return { write: rfc3339(), width: 30 };
    case "unix":
      return { write: unix, width: 20 };
    case "delta":
      return { write: delta(), width: 10 };
    case "none":
      return undefined;
  }
}
