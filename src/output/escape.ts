/**
 * Escapes text that a process chose (its name, its arguments). Linux lets a name contain any bytes
 * but NUL: terminal escapes, newlines, quotes, invalid UTF-8, characters that are invisible or that
 * reorder the line. None of them reaches a terminal or a parser unescaped.
 */
import type { ByteWriter } from "./byte-writer.ts";
import { JOINS, propertiesOf, UNSAFE } from "./characters.ts";
import { codePoint, decode, INVALID } from "./utf8.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const DOLLAR = 0x24;
const SPACE = 0x20;
const HEX = new TextEncoder().encode("0123456789abcdef");

/** Which bytes are harmless ASCII, as nearly all are: 0x20 to 0x7e. */
const isPlain = new Uint8Array(256).fill(1, 0x20, 0x7f);
/** Returns the safe ASCII characters without these. */
export function plainBut(...bytes: readonly number[]): Uint8Array {
  const allowed = isPlain.slice();
  for (const byte of bytes) allowed[byte] = 0;
  return allowed;
}
/** Accepts all bytes. */
export const isAny = new Uint8Array(256).fill(1);
const isJsonPlain = plainBut(QUOTE, BACKSLASH);
const isQuotedPlain = plainBut(APOSTROPHE, BACKSLASH);

/** Control characters for which JSON has a letter: `\b`, `\t`, `\n`, `\f`, `\r`. */
const SHORT_ESCAPES: Record<number, number> = { 8: 0x62, 9: 0x74, 10: 0x6e, 12: 0x66, 13: 0x72 };

/** The most bytes that one byte becomes: `\u0000`. */
const LONGEST = 6;

const REPLACEMENT = new Uint8Array([0xef, 0xbf, 0xbd]);

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

/** Returns true if the text contains a character that must not reach a terminal unescaped. */
export function isUnsafeText(bytes: Uint8Array, start: number, end: number): boolean {
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
 * Writes text for people, as ecli does: the text itself, or `$'…'` with escapes if it has unsafe
 * characters. So a text of a backslash and letters differs from one with an escaped character.
 */
export function writePlain(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  const from = out.length;
  const isQuoted = looksEscaped(bytes, start, end);
  if (!isQuoted && out.copyWhile(isPlain, bytes, start, end) === end) return;
  out.length = from;
  if (isQuoted || isUnsafeText(bytes, start, end)) writeEscaped(out, bytes, start, end);
  else out.copyWhile(isAny, bytes, start, end);
}

/**
 * Writes `$'…'`, as shells read it: `\\`, `\'`, `\n`, `\t`, and each unsafe byte as `\xNN`
 * (POSIX.1-2024).
 */
export function writeEscaped(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(LONGEST * (end - start));
  out.byte(DOLLAR);
  out.byte(APOSTROPHE);
  writeInside(out, isQuotedPlain, bytes, start, end);
  out.byte(APOSTROPHE);
}

/**
 * Writes text into a sentence that contains escapes already: unsafe characters as `\n`, `\t`,
 * `\xNN`, without quotes around the text.
 */
export function writeInline(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(LONGEST * (end - start));
  writeInside(out, isPlain, bytes, start, end);
}

/** @param allowed ASCII that stays unescaped; other printable ASCII gets a backslash. */
function writeInside(out: ByteWriter, allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  let isAfterEscape = false;
  for (let at = start; at < end;) {
    const stop = out.copyWhile(allowed, bytes, at, end);
    if (stop === end) return;
    if (stop > at) isAfterEscape = false;
    at = stop + decode(bytes, stop, end);
    if (codePoint === APOSTROPHE || codePoint === BACKSLASH) {
      out.byte(BACKSLASH);
      out.byte(codePoint);
      isAfterEscape = false;
    } else {
      isAfterEscape = !isShown(bytes, stop, start, isAfterEscape);
      for (let i = stop; i < at; i++) {
        if (isAfterEscape) escapeByte(out, bytes[i]!);
        else out.byte(bytes[i]!);
      }
    }
  }
}

function escapeByte(out: ByteWriter, value: number): void {
  out.byte(BACKSLASH);
  if (value === 0x0a) {
    out.byte(0x6e);
  } else if (value === 0x09) {
    out.byte(0x74);
  } else {
    out.byte(0x78);
    out.byte(HEX[value >> 4]!);
    out.byte(HEX[value & 15]!);
  }
}

/** A JSON string with its quotes. Invalid bytes become U+FFFD, unsafe characters \uNNNN. */
export function writeJson(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(LONGEST * (end - start));
  out.byte(QUOTE);
  let at = out.copyWhile(isJsonPlain, bytes, start, end);
  let isAfterEscape = false;
  while (at < end) {
    const size = decode(bytes, at, end);
    isAfterEscape = !writeOtherJson(out, bytes, at, start, size, isAfterEscape);
    at += size;
    const stop = out.copyWhile(isJsonPlain, bytes, at, end);
    if (stop > at) isAfterEscape = false;
    at = stop;
  }
  out.byte(QUOTE);
}

/** Writes the last decoded character; returns true if it stays unchanged or gets a backslash. */
function writeOtherJson(
  out: ByteWriter,
  bytes: Uint8Array,
  at: number,
  start: number,
  size: number,
  isAfterEscape: boolean,
): boolean {
  if (codePoint === INVALID) {
    out.put(REPLACEMENT);
  } else if (codePoint === QUOTE || codePoint === BACKSLASH) {
    out.byte(BACKSLASH);
    out.byte(codePoint);
  } else if (isShown(bytes, at, start, isAfterEscape)) {
    for (let i = at; i < at + size; i++) out.byte(bytes[i]!);
  } else {
    escapeCharacter(out);
    return false;
  }
  return true;
}

function escapeCharacter(out: ByteWriter): void {
  if (SHORT_ESCAPES[codePoint]) {
    out.byte(BACKSLASH);
    out.byte(SHORT_ESCAPES[codePoint]!);
  } else if (codePoint < 0x10000) {
    escapeUnit(out, codePoint);
  } else {
    escapeUnit(out, 0xd7c0 + (codePoint >> 10));
    escapeUnit(out, 0xdc00 + (codePoint & 0x3ff));
  }
}

/** `\uNNNN` of one UTF-16 unit. */
function escapeUnit(out: ByteWriter, unit: number): void {
  out.byte(BACKSLASH);
  out.byte(0x75);
  for (let shift = 12; shift >= 0; shift -= 4) out.byte(HEX[(unit >> shift) & 15]!);
}
