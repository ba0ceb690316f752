/**
 * Names that a hostile process may choose, and the text that each must become. The oracles use the
 * platform's decoder and regular expressions instead of the tables in src/output/.
 */
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { Random } from "./random.ts";

/** The timeout of a test over all hostileTexts(), ms. CI may run on emulated processors. */
export const SLOW_TEST_MS = 60_000;

/** writePlain(), writeJson(), writeCsv() or writeShellWord(). */
export type Escaper = (out: ByteWriter, bytes: Uint8Array, start: number, end: number) => void;

/**
 * Matches every character that may not reach a terminal raw: control, format, private-use and
 * unassigned characters, blanks except the space, and characters that fonts show as nothing.
 */
export const unsafe = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]|(?! )\p{Z}/u;

/**
 * Matches characters that join the one before them: marks, and the vowels and final consonants of
 * Hangul syllables.
 */
export const joining = /[\p{M}\u1160-\u11ff\ud7b0-\ud7ff]/u;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

export const bytesFrom = (text: string) => encoder.encode(text);

/** Decodes UTF-8 as the WHATWG specifies, but keeps a leading BOM. */
export const lenientText = (bytes: Uint8Array) => decoder.decode(bytes);

// bytes around the name, as in a batch of records: they would complete a truncated sequence, close
// a string or begin a field
const BEFORE = [0xe2, 0x82, 0x22];
const AFTER = [0xbf, 0xbf, 0x22, 0x2c];

/** Returns the escaped text. @throws TypeError if it is not valid UTF-8. */
export function escaped(write: Escaper, text: Uint8Array | string, out = new ByteWriter()): string {
  const bytes = typeof text === "string" ? bytesFrom(text) : text;
  out.reset();
  write(out, new Uint8Array([...BEFORE, ...bytes, ...AFTER]), BEFORE.length, BEFORE.length + bytes.length);
  return strict.decode(out.bytes.subarray(0, out.length));
}

/**
 * Splits bytes into characters and invalid bytes with the platform's decoder, and decides which of
 * them are shown raw.
 */
function pieces(bytes: Uint8Array): { bytes: Uint8Array; isShown: boolean }[] {
  const all: { bytes: Uint8Array; isShown: boolean }[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isCharacter(bytes.subarray(at, at + n)));
    const piece = bytes.subarray(at, at + (size ?? 1));
    const text = lenientText(piece);
    const before = all.at(-1);
    const hasBase = before?.isShown && lenientText(before.bytes) !== " ";
    all.push({ bytes: piece, isShown: size !== undefined && !unsafe.test(text) && (hasBase || !joining.test(text)) });
    at += piece.length;
  }
  return all;
}

/** Returns the text that writePlain() must write. */
export function plainOracle(bytes: Uint8Array): string {
  const all = pieces(bytes);
  const text = lenientText(bytes);
  return all.every(({ isShown }) => isShown) && !text.startsWith("$'") ? text : escapedOracle(bytes);
}

/** Returns the text that writeName() must write. */
export function nameOracle(bytes: Uint8Array): string {
  const text = lenientText(bytes);
  if (!pieces(bytes).every(({ isShown }) => isShown)) return escapedOracle(bytes);
  return !/[ '"\\]/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function escapedOracle(bytes: Uint8Array): string {
  const shown = pieces(bytes).map(({ bytes: piece, isShown }) =>
    isShown ? lenientText(piece).replace(/['\\]/, "\\$&") : Array.from(piece, hex).join(""),
  );
  return `$'${shown.join("")}'`;
}

function isCharacter(bytes: Uint8Array): boolean {
  if (bytes.length === 1) return bytes[0]! < 0x80;
  const text = lenientText(bytes);
  return [...text].length === 1 && Buffer.compare(bytesFrom(text), bytes) === 0;
}

function hex(byte: number): string {
  return { 9: "\\t", 10: "\\n" }[byte] ?? `\\x${byte.toString(16).padStart(2, "0")}`;
}

/**
 * The limits in UTF-8's table of well-formed sequences (Unicode 3.9, table 3-7), and the bytes
 * beside them.
 */
const LIMITS = [0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xad, 0xbf, 0xc0, 0xc2, 0xe2, 0xff];
/** Bytes that are special in some format or that begin a special character. */
const SPECIAL_BYTES = [
  ...bytesFrom("=+-@\t\r\n\x1b\"',\\a "),
  0x85,
  0xad,
  0xc2,
  0xe2,
  0x80,
  0xae,
  0xef,
  0xbb,
  0xbf,
  0xf0,
  0xed,
];

/**
 * Yields all sequences of one and two bytes; sequences of three and four bytes at the limits of
 * UTF-8 (truncated, overlong, surrogates, past U+10FFFF), with every lead byte; and thousands of
 * random ones up to the length of a name.
 */
export function* hostileTexts(): Generator<Uint8Array> {
  for (let a = 0; a < 256; a++) yield new Uint8Array([a]);
  for (let pair = 0; pair < 0x10000; pair++) yield new Uint8Array([pair >> 8, pair & 255]);
  for (let lead = 0xe0; lead < 256; lead++) {
    for (const b of LIMITS) {
      for (const c of LIMITS) {
        yield new Uint8Array([lead, b, c]);
        if (lead >= 0xef) for (const d of LIMITS) yield new Uint8Array([lead, b, c, d]);
      }
    }
  }
  const random = new Random(1);
  for (let i = 0; i < 10_000; i++) {
    yield Uint8Array.from({ length: random.below(17) }, () =>
      random.below(3) ? random.oneOf(SPECIAL_BYTES) : random.below(256),
    );
  }
}
