/**
 * Names that a hostile process may choose, and the text that each must become. The oracles use the
 * platform's decoder and regular expressions instead of the tables in src/output/.
 */
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { Random, repeated } from "./random.ts";

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

const writer = () => new ByteWriter();
/** The buffer of escaped() by default; a new one for each call would cost most of its time. */
let idle = writer();
let initial = idle.bytes;

/**
 * Returns the escaped text. By default every call has a buffer of the initial size.
 * @throws TypeError if it is not valid UTF-8, as bytes that are counted but not written are not.
 */
export function escaped(write: Escaper, text: Uint8Array | string, out = idle): string {
  const bytes = typeof text === "string" ? bytesFrom(text) : text;
  const around = new Uint8Array(BEFORE.length + bytes.length + AFTER.length);
  around.set(BEFORE);
  around.set(bytes, BEFORE.length);
  around.set(AFTER, BEFORE.length + bytes.length);
  out.bytes.fill(0xff, 0, out.length + 64);
  out.reset();
  write(out, around, BEFORE.length, BEFORE.length + bytes.length);
  const result = strict.decode(out.bytes.subarray(0, out.length));
  if (idle.bytes !== initial) {
    idle = writer();
    initial = idle.bytes;
  }
  return result;
}

/** A character, or a byte that belongs to none. */
interface Piece {
  bytes: Uint8Array;
  text: string;
  isShown: boolean;
}

/**
 * Splits bytes into characters and invalid bytes with the platform's decoder, and decides which of
 * them are shown raw.
 */
function pieces(bytes: Uint8Array): Piece[] {
  const all: Piece[] = [];
  let hasBase = false;
  for (let at = 0; at < bytes.length;) {
    const size = SIZES[bytes[at]!];
    const whole = size === undefined || at + size > bytes.length ? undefined : bytes.subarray(at, at + size);
    const isWhole = whole !== undefined && isCharacter(whole);
    const piece = isWhole ? whole : bytes.subarray(at, at + 1);
    const text = lenientText(piece);
    const isShown: boolean = isWhole && !unsafe.test(text) && (hasBase || !joining.test(text));
    hasBase = isShown && text !== " ";
    all.push({ bytes: piece, text, isShown });
    at += piece.length;
  }
  return all;
}

/** Returns the text that writePlain() must write. */
export function plainOracle(bytes: Uint8Array): string {
  const all = pieces(bytes);
  const text = lenientText(bytes);
  return all.every((piece) => piece.isShown) && !text.startsWith("$'") ? text : escapedOracle(all);
}

/** Returns the text that writeName() must write. */
export function nameOracle(bytes: Uint8Array): string {
  const all = pieces(bytes);
  if (!all.every((piece) => piece.isShown)) return escapedOracle(all);
  const text = lenientText(bytes);
  return !/[ '"\\]/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function escapedOracle(all: readonly Piece[]): string {
  let shown = "";
  for (const { bytes, text, isShown } of all) {
    if (isShown) shown += text === "'" || text === "\\" ? `\\${text}` : text;
    else for (const byte of bytes) shown += HEX[byte]!;
  }
  return `$'${shown}'`;
}

/** The bytes of a character that begins with a byte, according to the platform's encoder. */
const SIZES: number[] = [];
// the last six bits of a code point are not in the first byte, except in ASCII
for (let code = 0; code <= 0x10ffff; code += code < 0x80 ? 1 : 0x40) {
  if (code >= 0xd800 && code <= 0xdfff) continue;
  const bytes = bytesFrom(String.fromCodePoint(code));
  SIZES[bytes[0]!] = bytes.length;
}

/** Returns true if these bytes, as many as the first asks for, are a character. */
function isCharacter(bytes: Uint8Array): boolean {
  return bytes.length === 1 || Buffer.compare(bytesFrom(lenientText(bytes)), bytes) === 0;
}

/** The escape of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
HEX[9] = "\\t";
HEX[10] = "\\n";

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
 * random ones up to the length of a name. They are for the tests of the functions that escape; for
 * their callers, hostileSample() suffices.
 * @param step yields every `step`th of those longer than a byte. Odd and not a multiple of 7, so
 *   that each byte occurs at each place.
 */
export function* hostileTexts(step = 1): Generator<Uint8Array> {
  const count = LIMITS.length;
  const limit = (index: number) => LIMITS[Math.floor(index) % count]!;
  for (let a = 0; a < 256; a++) yield new Uint8Array([a]);
  for (let pair = 0; pair < 0x10000; pair += step) yield new Uint8Array([pair >> 8, pair & 255]);
  for (let i = 0; i < (256 - 0xe0) * count ** 2; i += step) {
    yield new Uint8Array([0xe0 + Math.floor(i / count ** 2), limit(i / count), limit(i)]);
  }
  for (let i = 0; i < (256 - 0xef) * count ** 3; i += step) {
    yield new Uint8Array([0xef + Math.floor(i / count ** 3), limit(i / count ** 2), limit(i / count), limit(i)]);
  }
  const random = new Random(1);
  for (let i = 0; i < 10_000; i += step) {
    yield Uint8Array.from({ length: random.below(17) }, () =>
      random.below(3) ? random.oneOf(SPECIAL_BYTES) : random.below(256),
    );
  }
}

/**
 * Yields about 2,500 of hostileTexts(), among them all of one byte and the pairs at the limits of
 * UTF-8; in `npm run faults` all. It is for the tests of code that calls a function that escapes.
 */
export function* hostileSample(): Generator<Uint8Array> {
  for (const a of LIMITS) for (const b of LIMITS) yield new Uint8Array([a, b]);
  yield* hostileTexts(repeated(1) > 1 ? 1 : 61);
}
