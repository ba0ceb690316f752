/** How wide text is on a terminal: in columns, of which a Chinese character takes two and an accent none. */
import { widthOf } from "./characters.ts";
import { codePoint, decode, INVALID } from "./utf8.ts";

/** The width of the character at `at`; 1 where the bytes are none. `decode()` has just been called for it. */
function width(): number {
  return codePoint === INVALID ? 1 : widthOf(codePoint);
}

/** The columns that harmless text takes. */
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

/** Where harmless text must end to take at most so many columns. */
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
