/**
 * The properties of characters on a terminal, from the Unicode tables of the JavaScript engine.
 * They are computed for a block of 256 when its first character appears: text of known blocks
 * allocates nothing.
 */
import { codePoint, decode, INVALID } from "./utf8.ts";

/** Bits of a character's properties; the lowest two are its width in columns: 0, 1 or 2. */
const WIDTH = 3;
/** The character must not reach a terminal unescaped. */
export const UNSAFE = 4;
/** The character joins the one before it: a mark, or a part of a Hangul syllable. */
export const JOINS = 8;

/**
 * Matches controls, formats, surrogates, private use and unassigned code points, separators except
 * the space, characters that fonts do not draw (Default_Ignorable_Code_Point), and two blank
 * symbols.
 */
const unsafe = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;
const mark = /\p{M}/u;
const markWithoutWidth = /[\p{Mn}\p{Me}]/u;
/** Matches vowels and final consonants of Hangul syllables. */
const finalJamo = /[\u1160-\u11ff\ud7b0-\ud7ff]/u;

const blocks: (Uint8Array | undefined)[] = [];

/** Returns a code point's properties. Not for ASCII, whose space is safe. */
export function propertiesOf(codePoint: number): number {
  return (blocks[codePoint >> 8] ?? fillBlock(codePoint >> 8))[codePoint & 0xff]!;
}

function fillBlock(block: number): Uint8Array {
  const properties = new Uint8Array(256);
  for (let low = 0; low < 256; low++) properties[low] = computeProperties(String.fromCodePoint((block << 8) | low));
  blocks[block] = properties;
  return properties;
}

function computeProperties(character: string): number {
  if (unsafe.test(character)) return UNSAFE;
  const isJamo = finalJamo.test(character);
  const width = isJamo || markWithoutWidth.test(character) ? 0 : Math.min(2, Math.max(1, Bun.stringWidth(character)));
  return width | (isJamo || mark.test(character) ? JOINS : 0);
}

/** Returns the width of the character that decode() found last; 1 for invalid bytes. */
function decodedWidth(): number {
  return codePoint === INVALID ? 1 : propertiesOf(codePoint) & WIDTH;
}

/** Returns the columns that safe text takes: two for a Chinese character, none for an accent. */
export function columnsOf(bytes: Uint8Array, start: number, end: number): number {
  let columns = 0;
  for (let at = start; at < end;) {
    if (bytes[at]! < 0x80) {
      columns++;
      at++;
    } else {
      at += decode(bytes, at, end);
      columns += decodedWidth();
    }
  }
  return columns;
}

/** Returns the end of the safe text that fits into a number of columns. */
export function endWithin(bytes: Uint8Array, start: number, end: number, columns: number): number {
  let room = columns;
  for (let at = start; at < end;) {
    const isAscii = bytes[at]! < 0x80;
    const size = isAscii ? 1 : decode(bytes, at, end);
    room -= isAscii ? 1 : decodedWidth();
    if (room < 0) return at;
    at += size;
  }
  return end;
}
