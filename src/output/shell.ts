import { APOSTROPHE } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { hasUnsafeBytes, plainBut, writeEscaped } from "../text/escape.ts";

/** Has 1 for each byte that has no special meaning in a POSIX shell. */
const isBare = new Uint8Array(256);
for (const byte of bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,"))
  isBare[byte] = 1;

/** A name needs no quotes if it contains no blank, no quote and no backslash. */
const isName = plainBut(...bytesOf(" '\"\\"));
/** A bracket before `[PID]` could be mistaken for the pid's. */
const isNameBeforeBracket = plainBut(...bytesOf(" '\"\\["));

/** Ends the quoted text, adds an apostrophe, and starts another quoted text. */
const QUOTED_APOSTROPHE = bytesOf("'\\''");

/**
 * Writes one argument for a POSIX shell: bare, in apostrophes, or, if it has characters that are
 * unsafe for a terminal, in `$'…'` with `\n`, `\t` and `\xNN` (POSIX.1-2024).
 */
export function writeShellWord(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  // an empty argument is written as ''
  if (start === end || !out.copyIf(isBare, bytes, start, end)) writeQuoted(out, bytes, start, end);
}

/**
 * Writes an argument that a NUL ends, or `end`, as writeShellWord() does. Returns the position of
 * the NUL. Most arguments are copied in the one pass that finds their end.
 */
export function writeShellArgument(out: ByteWriter, bytes: Uint8Array, start: number, end: number): number {
  const before = out.length;
  let stop = out.copyWhile(isBare, bytes, start, end);
  if (stop > start && (stop === end || bytes[stop] === 0)) return stop;
  out.length = before;
  while (stop < end && bytes[stop] !== 0) stop++;
  writeShellWord(out, bytes, start, stop);
  return stop;
}

/** Writes a name that `[PID]` follows and that a NUL ends, or `end`. */
export function writeTerminatedName(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  const before = out.length;
  let stop = out.copyWhile(isNameBeforeBracket, bytes, start, end);
  if (stop === end || bytes[stop] === 0) return;
  out.length = before;
  while (stop < end && bytes[stop] !== 0) stop++;
  writeNameBeforeBracket(out, bytes, start, stop);
}

/**
 * Writes a name in a line for people: the name itself, with letters of any language, or quoted as
 * for a shell if it could be mistaken for other parts of the line (it contains blanks, quotes, a
 * backslash or unsafe characters).
 */
export function writeName(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (!out.copyIf(isName, bytes, start, end)) writeUnusualName(out, isName, bytes, start, end);
}

/** Writes a name that `[PID]` follows. */
export function writeNameBeforeBracket(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (!out.copyIf(isNameBeforeBracket, bytes, start, end)) {
    writeUnusualName(out, isNameBeforeBracket, bytes, start, end);
  }
}

/** Writes a name that is not all `allowed` ASCII. */
function writeUnusualName(out: ByteWriter, allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && (allowed[bytes[at]!] === 1 || bytes[at]! >= 0x80)) at++;
  if (at === end && !hasUnsafeBytes(bytes, start, end)) out.put(bytes, start, end);
  else writeQuoted(out, bytes, start, end);
}

function writeQuoted(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (hasUnsafeBytes(bytes, start, end)) return writeEscaped(out, bytes, start, end);
  out.reserve(QUOTED_APOSTROPHE.length * (end - start));
  out.byte(APOSTROPHE);
  for (let i = start; i < end; i++) {
    if (bytes[i] === APOSTROPHE) out.put(QUOTED_APOSTROPHE);
    else out.byte(bytes[i]!);
  }
  out.byte(APOSTROPHE);
}
