/**
 * How much of a process's arguments a line takes. The kernel hands over 128 KiB of them, of which escapes can make six times as much: enough
 * to fill a disk with processes that do nothing.
 */
import { JOINS, propertiesOf, UNSAFE } from "./characters.ts";
import { codePoint, decode, INVALID } from "./utf8.ts";

/** What the arguments of one exit take in a line, bytes: all 128 KiB where few of them need an escape. */
export const MAX_ARGS_BYTES = 160 * 1024;

/** No line of any format is longer: paths of 4 KiB, with escapes, come to the arguments. */
export const MAX_LINE_BYTES = 256 * 1024;

/** What an ASCII byte becomes at most, in any format: `\u0001` in JSON, `'\''` for a shell, `"",` between two arguments. */
const asciiBytes = new Uint8Array(128).fill(6).fill(1, 0x20, 0x7f);
asciiBytes[0] = 4;
asciiBytes[0x22] = 2;
asciiBytes[0x27] = 4;
asciiBytes[0x5c] = 2;
const MOST_ASCII = 6;
/** `\xNN` for each byte of what is unsafe; in JSON it is less. */
const ESCAPED_BYTES = 4;

/** Where arguments (a NUL behind each) must end so that no format needs more than MAX_ARGS_BYTES; never within a character. */
export function endOfArgs(bytes: Uint8Array, start: number, end: number): number {
  if ((end - start) * MOST_ASCII <= MAX_ARGS_BYTES) return end;
  let room = MAX_ARGS_BYTES;
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    let size = 1;
    if (first < 0x80) {
      room -= asciiBytes[first]!;
    } else {
      size = decode(bytes, at, end);
      // whether a mark is escaped depends on what is before it
      const isEscaped = codePoint === INVALID || (propertiesOf(codePoint) & (UNSAFE | JOINS)) !== 0;
      room -= isEscaped ? ESCAPED_BYTES * size : size;
    }
    if (room < 0) return at;
    at += size;
  }
  return end;
}
