import type { Timespec } from "../exit/timespec.ts";
import { COLON, DOT, QUOTE } from "../text/ascii.ts";
import { wrongValue } from "./broken-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { Token } from "./json-tokens.ts";

/** The bytes of `2026-11-30T`, and the offsets of the other parts after them. */
const DAY_BYTES = 11;
const MINUTE = 3;
const SECOND = 6;
const FRACTION = 9;
const NANOSECOND_DIGITS = 9;
const ZERO = 0x30;
const Z = 0x5a;
/** Times from 1970 on: in ns, those of the next years fit into 63 bits. */
const MAX_YEAR = 2261;
const form = /^(\d{4})-\d\d-\d\dT$/;

/** Reads times as exitsnoop writes them: `2026-11-30T01:47:01.001725689Z`. */
export class WallTimeReader {
  /** The last day, which most times have. */
  #day = new Token("none");
  #daySeconds = 0;

  /** Reads a string. @throws BrokenLine */
  read(cursor: JsonCursor, time: Timespec): void {
    cursor.open();
    if (!cursor.takesHere(this.#day)) this.#parseDay(cursor);
    const { bytes, at } = cursor;
    const hour = twoDigits(bytes, at);
    const minute = twoDigits(bytes, at + MINUTE);
    const second = twoDigits(bytes, at + SECOND);
    let nanoseconds = 0;
    const stop = at + FRACTION + NANOSECOND_DIGITS;
    for (let i = at + FRACTION; i < stop; i++) {
      const digit = bytes[i]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) throw notTime();
      nanoseconds = nanoseconds * 10 + digit;
    }
    const isTime =
      hour < 24 &&
      minute < 60 &&
      second < 60 &&
      bytes[at + MINUTE - 1] === COLON &&
      bytes[at + SECOND - 1] === COLON &&
      bytes[at + FRACTION - 1] === DOT &&
      bytes[stop] === Z &&
      bytes[stop + 1] === QUOTE;
    if (!isTime) throw notTime();
    cursor.at = stop + 2;
    time.seconds = this.#daySeconds + 3600 * hour + 60 * minute + second;
    time.nanoseconds = nanoseconds;
  }

  #parseDay(cursor: JsonCursor): void {
    const { bytes, at, end } = cursor;
    const text = String.fromCharCode(...bytes.subarray(at, Math.min(at + DAY_BYTES, end)));
    const [, year] = form.exec(text) ?? [];
    const ms = year ? Date.parse(`${text}00:00:00Z`) : Number.NaN;
    // the engine takes 31 February for 3 March
    const isDay = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
    if (!isDay || ms < 0 || Number(year) > MAX_YEAR) throw notTime();
    this.#daySeconds = ms / 1000;
    this.#day = new Token(text);
    cursor.at = at + DAY_BYTES;
  }
}

/** Returns the number in two digits; NaN if they are not digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

const notTime = () => wrongValue("is not a time");
