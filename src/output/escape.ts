/**
 * Text that a process chose (its name, its arguments), made harmless. Linux lets a name hold any bytes but NUL: terminal escapes, newlines,
 * quotes, invalid UTF-8, characters that reorder the line. None of them reaches a terminal or a parser raw.
 */
import type { ByteWriter } from "./byte-writer.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const COMMA = 0x2c;
const APOSTROPHE = 0x27;
const HEX = new TextEncoder().encode("0123456789abcdef");

/** Which bytes are harmless ASCII, as nearly all are: 0x20 to 0x7e. */
const isPlain = new Uint8Array(256).fill(1, 0x20, 0x7f);
/** The same without what JSON escapes. */
const isJsonPlain = isPlain.slice();
isJsonPlain[QUOTE] = 0;
isJsonPlain[BACKSLASH] = 0;

/** Control characters for which JSON has a letter: `\b`, `\t`, `\n`, `\f`, `\r`. */
const SHORT_ESCAPES: Record<number, number> = { 8: 0x62, 9: 0x74, 10: 0x6e, 12: 0x66, 13: 0x72 };

/** The most bytes that one byte becomes: `\u0000`. */
const LONGEST = 6;

const REPLACEMENT = new Uint8Array([0xef, 0xbf, 0xbd]);

/** Packed by decode(): the code point, and how many bytes it took. */
const INVALID = -1;
let codePoint = 0;

/**
 * One step of a UTF-8 decoder: sets `codePoint` (INVALID where there is none) and returns how many bytes it took. Of
 * invalid bytes it takes the longest prefix of a valid sequence, as the WHATWG decoder does (Unicode 3.9, table 3-7).
 */
function decode(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  codePoint = INVALID;
  let need = 0;
  let low = 0x80;
  let high = 0xbf;
  let value = 0;
  if (first < 0x80) {
    codePoint = first;
    return 1;
  } else if (first >= 0xc2 && first <= 0xdf) {
    need = 1;
    value = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    need = 2;
    value = first & 0x0f;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    need = 3;
    value = first & 0x07;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else {
    return 1;
  }
  for (let taken = 1; taken <= need; taken++) {
    const next = at + taken < end ? bytes[at + taken]! : 0;
    if (next < low || next > high) return taken;
    value = (value << 6) | (next & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  codePoint = value;
  return need + 1;
}

/** First and last of each run of Unicode's general categories Cf, Zl and Zp, in order. */
const formatRanges = [
  ...[0xad, 0xad, 0x600, 0x605, 0x61c, 0x61c, 0x6dd, 0x6dd, 0x70f, 0x70f, 0x890, 0x891, 0x8e2, 0x8e2, 0x180e, 0x180e],
  ...[
    0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x206f, 0xfeff, 0xfeff, 0xfff9, 0xfffb, 0x110bd, 0x110bd, 0x110cd, 0x110cd,
  ],
  ...[0x13430, 0x1343f, 0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe007f],
];

/**
 * Control characters (C0, DEL, C1: some terminals obey those too), and what moves, hides or reorders text: Unicode's
 * format characters and its line separators.
 */
function isUnsafe(c: number): boolean {
  if (c < 0xa0) return c < 0x20 || c >= 0x7f;
  for (let i = 0; i < formatRanges.length; i += 2) {
    if (c < formatRanges[i]!) return false;
    if (c <= formatRanges[i + 1]!) return true;
  }
  return false;
}

/** Whether writePlain() would change anything of it. */
export function isUnsafeText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    if (isPlain[bytes[at]!] === 1) {
      at++;
    } else {
      at += decode(bytes, at, end);
      if (codePoint === INVALID || isUnsafe(codePoint)) return true;
    }
  }
  return false;
}

/** For people: unsafe characters and invalid bytes as `\n`, `\t` or `\xNN`, each byte of them. */
export function writePlain(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(LONGEST * (end - start));
  let at = out.copyWhile(isPlain, bytes, start, end);
  while (at < end) at = out.copyWhile(isPlain, bytes, writeOther(out, bytes, at, end), end);
}

/** One character that is not plain ASCII; returns where the next begins. */
function writeOther(out: ByteWriter, bytes: Uint8Array, at: number, end: number): number {
  const next = at + decode(bytes, at, end);
  const isHarmless = codePoint !== INVALID && !isUnsafe(codePoint);
  for (let i = at; i < next; i++) {
    if (isHarmless) out.byte(bytes[i]!);
    else escapeByte(out, bytes[i]!);
  }
  return next;
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
  while (at < end) at = out.copyWhile(isJsonPlain, bytes, writeOtherJson(out, bytes, at, end), end);
  out.byte(QUOTE);
}

/** One character that JSON does not take as it is, or that is not ASCII; returns where the next begins. */
function writeOtherJson(out: ByteWriter, bytes: Uint8Array, at: number, end: number): number {
  const next = at + decode(bytes, at, end);
  if (codePoint === INVALID) {
    out.put(REPLACEMENT);
  } else if (codePoint === QUOTE || codePoint === BACKSLASH) {
    out.byte(BACKSLASH);
    out.byte(codePoint);
  } else if (!isUnsafe(codePoint)) {
    for (let i = at; i < next; i++) out.byte(bytes[i]!);
  } else if (SHORT_ESCAPES[codePoint]) {
    out.byte(BACKSLASH);
    out.byte(SHORT_ESCAPES[codePoint]!);
  } else if (codePoint < 0x10000) {
    escapeUnit(out, codePoint);
  } else {
    escapeUnit(out, 0xd7c0 + (codePoint >> 10));
    escapeUnit(out, 0xdc00 + (codePoint & 0x3ff));
  }
  return next;
}

/** `\uNNNN` of one UTF-16 unit. */
function escapeUnit(out: ByteWriter, unit: number): void {
  out.byte(BACKSLASH);
  out.byte(0x75);
  for (let shift = 12; shift >= 0; shift -= 4) out.byte(HEX[(unit >> shift) & 15]!);
}

/**
 * A CSV field (RFC 4180): as for people, in quotes where it needs them, and behind an apostrophe where a spreadsheet would take it
 * for a formula.
 */
export function writeCsv(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  let quoted = false;
  for (let i = start; i < end; i++) quoted ||= bytes[i] === QUOTE || bytes[i] === COMMA;
  if (quoted) out.byte(QUOTE);
  if (start < end && isFormula(bytes[start]!)) out.byte(APOSTROPHE);
  if (!quoted) {
    writePlain(out, bytes, start, end);
  } else {
    for (let at = start; at < end;) {
      const quote = bytes.indexOf(QUOTE, at);
      const stop = quote < 0 || quote >= end ? end : quote + 1;
      writePlain(out, bytes, at, stop);
      if (stop > at && bytes[stop - 1] === QUOTE) out.byte(QUOTE);
      at = stop;
    }
    out.byte(QUOTE);
  }
}

/** `=`, `+`, `-`, `@`, tab, CR. */
function isFormula(first: number): boolean {
  return first === 0x3d || first === 0x2b || first === 0x2d || first === 0x40 || first === 0x09 || first === 0x0d;
}
