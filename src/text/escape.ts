/**
 * Escapes text that a process chose (its name, its arguments). Linux lets a name contain any bytes
 * but NUL: terminal escapes, newlines, quotes, invalid UTF-8, characters that are invisible or that
 * reorder the line. None of them reaches a terminal or a parser unescaped.
 */
import { APOSTROPHE, BACKSLASH, DOLLAR, QUOTE, SPACE } from "./ascii.ts";
import { ByteWriter, bytesOf } from "./byte-writer.ts";
import { JOINS, propertiesOf, UNSAFE } from "./characters.ts";
import { codePoint, decode, INVALID } from "./utf8.ts";

const REPLACEMENT = new Uint8Array([0xef, 0xbf, 0xbd]);

/** Has 1 for each byte of printable ASCII. */
const isPlain = new Uint8Array(256).fill(1, 0x20, 0x7f);

/** Returns a table that has 1 for each byte of printable ASCII except these. */
export function plainBut(...bytes: readonly number[]): Uint8Array {
  const allowed = isPlain.slice();
  for (const byte of bytes) allowed[byte] = 0;
  return allowed;
}

const isJsonPlain = plainBut(QUOTE, BACKSLASH);
const isQuotedPlain = plainBut(APOSTROPHE, BACKSLASH);

/** The letters of JSON's short escapes, by character: `\b`, `\t`, `\n`, `\f`, `\r`. */
const SHORT_ESCAPES: Record<number, number> = { 8: 0x62, 9: 0x74, 10: 0x6e, 12: 0x66, 13: 0x72 };

/** The largest number of bytes that one byte becomes: `\u0000`. */
const MAX_ESCAPE = 6;

/**
 * Returns true if the last decoded character, at `at`, may be shown unescaped. A character that
 * joins the one before it may be shown only if that one is shown as well and is no space: otherwise
 * it would join the text around this one.
 */
function isShown(bytes: Uint8Array, at: number, start: number, isAfterEscape: boolean): boolean {
  if (codePoint === INVALID) return false;
  const properties = codePoint < 0x80 ? (isPlain[codePoint] === 1 ? 0 : UNSAFE) : propertiesOf(codePoint);
  if ((properties & UNSAFE) !== 0) return false;
  return (properties & JOINS) === 0 || (at > start && !isAfterEscape && bytes[at - 1] !== SPACE);
}

/** Returns true if a character of the text must not reach a terminal unescaped. */
export function hasUnsafeBytes(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    if (isPlain[bytes[at]!] === 1) {
      at++;
    } else {
      const next = at + decode(bytes, at, end);
      if (!isShown(bytes, at, start, false)) return true;
      at = next;
    }
  }
  return false;
}

/** Returns true if the text begins like the output of writeEscaped(). */
export function looksEscaped(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && bytes[start] === DOLLAR && bytes[start + 1] === APOSTROPHE;
}

/**
 * Writes text for people: the text itself, or `$'…'` with escapes if it has unsafe characters. So a
 * text of a backslash and letters differs from one with an escaped character.
 */
export function writePlain(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  const isAmbiguous = looksEscaped(bytes, start, end);
  if (!isAmbiguous && out.copyIf(isPlain, bytes, start, end)) return;
  if (isAmbiguous || hasUnsafeBytes(bytes, start, end)) writeEscaped(out, bytes, start, end);
  else out.put(bytes, start, end);
}

/**
 * Writes `$'…'`, as shells read it: `\\`, `\'`, `\n`, `\t`, and each unsafe byte as `\xNN`
 * (POSIX.1-2024).
 */
export function writeEscaped(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(MAX_ESCAPE * (end - start));
  out.byte(DOLLAR);
  out.byte(APOSTROPHE);
  writeCharacters(out, isQuotedPlain, escapeBytes, bytes, start, end);
  out.byte(APOSTROPHE);
}

/**
 * Writes text into a sentence that contains escapes already: unsafe characters as `\n`, `\t`,
 * `\xNN`, without quotes around the text.
 */
export function writeInline(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(MAX_ESCAPE * (end - start));
  writeCharacters(out, isPlain, escapeBytes, bytes, start, end);
}

/** Writes a JSON string. Invalid bytes become U+FFFD, unsafe characters `\uNNNN`. */
export function writeJson(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(MAX_ESCAPE * (end - start));
  out.byte(QUOTE);
  if (!out.copyIf(isJsonPlain, bytes, start, end)) {
    writeCharacters(out, isJsonPlain, escapeForJson, bytes, start, end);
  }
  out.byte(QUOTE);
}

/** Returns a text as one of these functions writes it. */
export function escapeText(text: string, write: typeof writePlain): string {
  const out = new ByteWriter();
  const bytes = bytesOf(text);
  write(out, bytes, 0, bytes.length);
  return out.toString();
}

/** Escapes the last decoded character. Returns false if a mark may join what was written. */
type Escape = (out: ByteWriter, bytes: Uint8Array, start: number, end: number) => boolean;

/** @param allowed ASCII that stays unescaped; a backslash or quote that is not gets a backslash. */
function writeCharacters(
  out: ByteWriter,
  allowed: Uint8Array,
  escape: Escape,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let isAfterEscape = false;
  for (let at = start; at < end;) {
    const stop = out.copyWhile(allowed, bytes, at, end);
    if (stop === end) return;
    if (stop > at) isAfterEscape = false;
    at = stop + decode(bytes, stop, end);
    if (codePoint === BACKSLASH || codePoint === QUOTE || codePoint === APOSTROPHE) {
      out.byte(BACKSLASH);
      out.byte(codePoint);
      isAfterEscape = false;
    } else if (isShown(bytes, stop, start, isAfterEscape)) {
      for (let i = stop; i < at; i++) out.byte(bytes[i]!);
      isAfterEscape = false;
    } else {
      isAfterEscape = escape(out, bytes, stop, at);
    }
  }
}

/** Writes each byte as `\n`, `\t` or `\xNN`. */
function escapeBytes(out: ByteWriter, bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const isShort = byte === 0x0a || byte === 0x09;
    out.byte(BACKSLASH);
    out.byte(isShort ? SHORT_ESCAPES[byte]! : 0x78);
    if (!isShort) out.hex(byte, 2);
  }
  return true;
}

/** Writes one or two `\uNNNN`, a short escape, or U+FFFD for invalid bytes. */
function escapeForJson(out: ByteWriter): boolean {
  if (codePoint === INVALID) {
    out.put(REPLACEMENT);
    return false;
  }
  if (SHORT_ESCAPES[codePoint]) {
    out.byte(BACKSLASH);
    out.byte(SHORT_ESCAPES[codePoint]!);
  } else if (codePoint < 0x10000) {
    escapeUnit(out, codePoint);
  } else {
    escapeUnit(out, 0xd7c0 + (codePoint >> 10));
    escapeUnit(out, 0xdc00 + (codePoint & 0x3ff));
  }
  return true;
}

/** Writes `\uNNNN` for a UTF-16 code unit. */
function escapeUnit(out: ByteWriter, unit: number): void {
  out.byte(BACKSLASH);
  out.byte(0x75);
  out.hex(unit, 4);
}
