import type { ByteWriter } from "./byte-writer.ts";
import { bytesOf } from "./byte-writer.ts";
import { isAny, isUnsafeText, plainBut, writeEscaped } from "./escape.ts";

const APOSTROPHE = 0x27;

/** Has 1 for each byte that has no special meaning in a POSIX shell. */
const isBare = new Uint8Array(256);
for (const byte of bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,"))
  isBare[byte] = 1;

/** A name needs no quotes if it contains no blank, no quote and no backslash. */
const isName = plainBut(...bytesOf(" '\"\\"));
/** A bracket before `[PID]` could be mistaken for the pid's. */
const isNameBeforeBracket = plainBut(...bytesOf(" '\"\\["));

/** `'` ends the quotes, stands by itself, and opens them again. */
const QUOTED_APOSTROPHE = bytesOf("'\\''");

/**
 * Writes one argument for a POSIX shell: bare, in apostrophes, or, if it has characters that are
 * unsafe for a terminal, in `$'…'` with `\n`, `\t` and `\xNN` (POSIX.1-2024).
 */
export function writeShellWord(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  // an empty argument is still an argument
  if (start === end || !writeBare(out, isBare, bytes, start, end)) writeQuoted(out, bytes, start, end);
}

/**
 * Writes a name in a line for people: the name itself, with letters of any language, or quoted as
 * for a shell if it could be mistaken for other parts of the line (it contains blanks, quotes, a
 * backslash or unsafe characters).
 */
export function writeName(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (!writeBare(out, isName, bytes, start, end)) writeOtherName(out, isName, bytes, start, end);
}

/** Writes a name that `[PID]` follows. */
export function writeNameBeforeBracket(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (!writeBare(out, isNameBeforeBracket, bytes, start, end)) {
    writeOtherName(out, isNameBeforeBracket, bytes, start, end);
  }
}

/** Writes the text if it contains only `allowed` characters, and returns true if it does. */
function writeBare(out: ByteWriter, allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const from = out.length;
  if (out.copyWhile(allowed, bytes, start, end) === end) return true;
  out.length = from;
  return false;
}

function writeOtherName(out: ByteWriter, allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && (allowed[bytes[at]!] === 1 || bytes[at]! >= 0x80)) at++;
  const isBareButForLetters = at === end && !isUnsafeText(bytes, start, end);
  if (isBareButForLetters) out.copyWhile(isAny, bytes, start, end);
  else writeQuoted(out, bytes, start, end);
}

function writeQuoted(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (isUnsafeText(bytes, start, end)) writeEscaped(out, bytes, start, end);
  else writeInApostrophes(out, bytes, start, end);
}

function writeInApostrophes(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  // an apostrophe becomes four bytes
  out.reserve(4 * (end - start));
  out.byte(APOSTROPHE);
  for (let i = start; i < end; i++) {
    if (bytes[i] === APOSTROPHE) out.put(QUOTED_APOSTROPHE);
    else out.byte(bytes[i]!);
  }
  out.byte(APOSTROPHE);
}
