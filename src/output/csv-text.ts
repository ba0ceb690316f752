import { APOSTROPHE, COMMA, DOLLAR, QUOTE } from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { hasUnsafeBytes, looksEscaped, plainBut, writeEscaped } from "../text/escape.ts";

const isCsvPlain = plainBut(QUOTE, COMMA);
const escaped = new ByteWriter();

/**
 * Writes a CSV field (RFC 4180): the text itself, or `$'…'` if it has unsafe characters; in quotes
 * if it needs them, and after an apostrophe if a spreadsheet would take it for a formula.
 */
export function writeCsv(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  const first = bytes[start]!;
  if (!isFormula(first) && first !== DOLLAR && out.copyIf(isCsvPlain, bytes, start, end)) return;
  if (looksEscaped(bytes, start, end) || hasUnsafeBytes(bytes, start, end)) {
    escaped.reset();
    writeEscaped(escaped, bytes, start, end);
    writeField(out, escaped.bytes, 0, escaped.length, isFormula(first));
  } else {
    writeField(out, bytes, start, end, isFormula(first));
  }
}

/** Writes a CSV field of text without unsafe characters. */
export function writeSafeCsv(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  writeField(out, bytes, start, end, start < end && isFormula(bytes[start]!));
}

function writeField(out: ByteWriter, bytes: Uint8Array, start: number, end: number, hasApostrophe: boolean): void {
  let isQuoted = false;
  for (let i = start; i < end && !isQuoted; i++) isQuoted = bytes[i] === QUOTE || bytes[i] === COMMA;
  // each quote becomes two bytes
  out.reserve(2 * (end - start));
  if (isQuoted) out.byte(QUOTE);
  if (hasApostrophe) out.byte(APOSTROPHE);
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) out.byte(QUOTE);
    out.byte(byte);
  }
  if (isQuoted) out.byte(QUOTE);
}

/** Matches `=`, `+`, `-`, `@`, tab, CR. */
function isFormula(first: number): boolean {
  return first === 0x3d || first === 0x2b || first === 0x2d || first === 0x40 || first === 0x09 || first === 0x0d;
}
