import type { Timespec } from "../exit/timespec.ts";
import { QUOTE } from "../text/ascii.ts";
import { wrongValue } from "./broken-line.ts";
import type { JsonCursor } from "./json-cursor.ts";

/** The bytes of `2026-11-30T01:47:01.` */
const SECOND_BYTES = 20;
const NANOSECOND_DIGITS = 9;
const ZERO = 0x30;
const Z = 0x5a;
/** Times from 1970 on: in ns, those of the next years fit into 63 bits. */
const MAX_YEAR = 2261;
const form = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d\.$/;

/** Reads times as exitsnoop writes them: `2026-11-30T01:47:01.001725689Z`. */
export class WallTimeReader {
  /** The text of the last second: parsing the same one again would take most of the time. */
  #text = new Uint8Array(SECOND_BYTES);
  #seconds = 0;

  /** Reads a string. @throws BrokenLine */
  read(cursor: JsonCursor, time: Timespec): void {
    cursor.open();
    const { bytes, at, end } = cursor;
    if (!this.#isSameSecond(bytes, at)) this.#parse(bytes, at, end);
    let nanoseconds = 0;
    const stop = at + SECOND_BYTES + NANOSECOND_DIGITS;
    for (let i = at + SECOND_BYTES; i < stop; i++) {
      const digit = bytes[i]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) throw notTime();
      nanoseconds = nanoseconds * 10 + digit;
    }
    if (bytes[stop] !== Z || bytes[stop + 1] !== QUOTE) throw notTime();
    cursor.at = stop + 2;
    time.seconds = this.#seconds;
    time.nanoseconds = nanoseconds;
  }

  #isSameSecond(bytes: Uint8Array, at: number): boolean {
    const text = this.#text;
    // the last digits differ most often
    for (let i = SECOND_BYTES - 1; i >= 0; i--) if (bytes[at + i] !== text[i]) return false;
    return true;
  }

  #parse(bytes: Uint8Array, at: number, end: number): void {
    const text = String.fromCharCode(...bytes.subarray(at, Math.min(at + SECOND_BYTES, end)));
    const [, year] = form.exec(text) ?? [];
    const ms = year ? Date.parse(`${text}000Z`) : Number.NaN;
    // the engine takes 31 February for 3 March
    const isDay = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
    if (!isDay || ms < 0 || Number(year) > MAX_YEAR) throw notTime();
    this.#seconds = ms / 1000;
    for (let i = 0; i < SECOND_BYTES; i++) this.#text[i] = bytes[at + i]!;
  }
}

const notTime = () => wrongValue("is not a time");
