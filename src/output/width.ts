/**
 * Computes the width of text on a terminal, in columns: a Chinese character takes two and an accent
 * none.
 */
import { widthOf } from "./characters.ts";
import { codePoint, decode, INVALID } from "./utf8.ts";

/**
 * Returns the width of the last decoded character; 1 for invalid bytes. `decode()` must have been
 * called just before.
 */
function width(): number {
  return codePoint === INVALID ? 1 : widthOf(codePoint);
}

/** Returns the columns that safe text takes. */
export function columnsOf(bytes: Uint8Array, start: number, end: number): number {
  let columns = 0;
  for (let at = start; at < end;) {
    if (bytes[at]! < 0x80) {
      columns++;
      at++;
    } else {
      at += decode(bytes, at, end);
      columns += width();
    }
  }
  return columns;
}

/** Returns the end of the safe text that fits into so many columns. */
export function endWithin(bytes: Uint8Array, start: number, end: number, room: number): number {
  let rest = room;
  for (let at = start; at < end;) {
    const isAscii = bytes[at]! < 0x80;
    const size = isAscii ? 1 : decode(bytes, at, end);
    rest -= isAscii ? 1 : width();
    if (rest < 0) return at;
    at += size;
  }
  return end;
}
