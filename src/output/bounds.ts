/**
 * Bounds the length of a process's arguments in a line. The kernel sends at most 128 KiB, and
 * escapes can make them six times as long: processes that only start and exit could fill a disk.
 */
import { JOINS, propertiesOf, UNSAFE } from "../text/characters.ts";
import { codePoint, decode, INVALID } from "../text/utf8.ts";

/** All 128 KiB of arguments fit if few bytes need an escape. */
export const MAX_ARGS_BYTES = 160 * 1024;

/**
 * The longest line of any format: it also has paths of 4 KiB and the names of a crash site
 * (crash/bound-names.ts), which escapes can make six times as long.
 */
export const MAX_LINE_BYTES = 512 * 1024;

/**
 * The largest number of bytes that an ASCII character becomes in any format: `\u0001` in JSON,
 * `'\''` for a shell, `"",` between two arguments.
 */
const asciiBytes = new Uint8Array(128).fill(6).fill(1, 0x20, 0x7f);
asciiBytes[0] = 4;
asciiBytes[0x22] = 2;
asciiBytes[0x27] = 4;
asciiBytes[0x5c] = 2;
const MAX_ASCII_BYTES = 6;
/** The bytes of `\xNN`, for each unsafe byte; JSON needs fewer. */
const ESCAPED_BYTES = 4;

/**
 * Returns the end of the arguments (each ends with a NUL) that fit into MAX_ARGS_BYTES in every
 * format; never splits a character.
 */
export function endOfArgs(bytes: Uint8Array, start: number, end: number): number {
  if ((end - start) * MAX_ASCII_BYTES <= MAX_ARGS_BYTES) return end;
  let room = MAX_ARGS_BYTES;
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    let size = 1;
    if (first < 0x80) {
      room -= asciiBytes[first]!;
    } else {
      size = decode(bytes, at, end);
      // a combining mark is escaped depending on the character before it
      const isEscaped = codePoint === INVALID || (propertiesOf(codePoint) & (UNSAFE | JOINS)) !== 0;
      room -= isEscaped ? ESCAPED_BYTES * size : size;
    }
    if (room < 0) return at;
    at += size;
  }
  return end;
}
