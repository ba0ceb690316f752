import type { ByteWriter } from "./byte-writer.ts";
import { bytesOf } from "./byte-writer.ts";
import { isUnsafeText, writePlain } from "./escape.ts";

const APOSTROPHE = 0x27;
const DOLLAR = 0x24;
const BACKSLASH = 0x5c;

/** What no POSIX shell takes for anything but itself. */
const isBare = new Uint8Array(256);
for (const byte of bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,"))
  isBare[byte] = 1;

/** `'` ends the quotes, stands by itself, and opens them again. */
const QUOTED_APOSTROPHE = bytesOf("'\\''");

/**
 * One argument as a POSIX shell would need it: bare, in apostrophes, or, where it holds what no terminal may see, in `$'…'` with
 * `\n`, `\t` and `\xNN` (POSIX.1-2024).
 */
export function writeShellWord(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  // an apostrophe becomes four bytes, any other at most as many
  out.reserve(4 * (end - start));
  const from = out.length;
  if (start < end && out.copyWhile(isBare, bytes, start, end) === end) return;
  out.length = from;
  const isUnsafe = isUnsafeText(bytes, start, end);
  if (isUnsafe) out.byte(DOLLAR);
  out.byte(APOSTROPHE);
  for (let at = start; at < end;) {
    let stop = at;
    while (stop < end && bytes[stop] !== APOSTROPHE && bytes[stop] !== BACKSLASH) stop++;
    writePlain(out, bytes, at, stop);
    if (stop < end) {
      out.reserve(4 * (end - stop));
      if (isUnsafe) {
        out.byte(BACKSLASH);
        out.byte(bytes[stop]!);
      } else if (bytes[stop] === APOSTROPHE) {
        out.put(QUOTED_APOSTROPHE);
      } else {
        out.byte(BACKSLASH);
      }
    }
    at = stop + 1;
  }
  out.byte(APOSTROPHE);
}
