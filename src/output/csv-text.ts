import { ByteWriter } from "./byte-writer.ts";
import { isUnsafeText, looksEscaped, plainBut, writeEscaped } from "./escape.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const APOSTROPHE = 0x27;
const DOLLAR = 0x24;

const isCsvPlain = plainBut(QUOTE, COMMA);
const escaped = new ByteWriter();

/**
 * Writes a CSV field (RFC 4180): the text itself, or `$'…'` if it has unsafe characters; in quotes
 * if it needs them, and behind an apostrophe if a spreadsheet would take it for a formula.
 */
export function writeCsv(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  const first = bytes[start]!;
  if (!isFormula(first) && first !== DOLLAR) {
    const from = out.length;
    if (out.copyWhile(isCsvPlain, bytes, start, end) === end) return;
    out.length = from;
  }
  if (looksEscaped(bytes, start, end) || isUnsafeText(bytes, start, end)) {
    escaped.reset();
    writeEscaped(escaped, bytes, start, end);
    writeField(out, escaped.bytes, 0, escaped.length, isFormula(first));
  } else {
    writeField(out, bytes, start, end, isFormula(first));
  }
}

/** Writes a field of text that is already safe. */
export function writeCsvLine(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
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
