import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { writeCsv } from "../../src/output/csv-text.ts";
import { writeJson, writePlain } from "../../src/text/escape.ts";
import { escaped, type Escaper, joining, SLOW_TEST_MS, unsafe } from "../support/hostile-text.ts";

const LARGEST = 0x10ffff;
const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;
const out = new ByteWriter();
const encoder = new TextEncoder();
/** The bytes of a character, and room around it. */
const bytes = new Uint8Array(8);

/** All characters of Unicode that may not be shown raw, and all visible ones. */
const unsafeCharacters: string[] = [];
const visibleCharacters: string[] = [];
for (let code = 0; code <= LARGEST; code++) {
  if (isSurrogate(code)) continue;
  const character = String.fromCodePoint(code);
  if (unsafe.test(character)) unsafeCharacters.push(character);
  else if (/[\p{L}\p{N}\p{P}\p{S} ]/u.test(character) && !joining.test(character)) visibleCharacters.push(character);
}

/** Returns, in hexadecimal, those of the characters that are written unchanged. */
function rawCharacters(write: Escaper, characters: readonly string[]): string[] {
  const found: string[] = [];
  for (const character of characters) {
    const { written } = encoder.encodeInto(character, bytes);
    out.reset();
    write(out, bytes, 0, written);
    if (isWritten(bytes, written)) found.push(character.codePointAt(0)!.toString(16));
  }
  return found;
}

/** Returns true if the text in `out` contains the first `length` bytes. */
function isWritten(bytes: Uint8Array, length: number): boolean {
  for (let start = 0; start + length <= out.length; start++) {
    let at = 0;
    while (at < length && out.bytes[start + at] === bytes[at]) at++;
    if (at === length) return true;
  }
  return false;
}

// all of Unicode, because a list of ranges that is typed by hand can have mistakes
test.each([
  ["plain text", writePlain],
  ["JSON", writeJson],
  ["CSV", writeCsv],
] as const)(
  "each unsafe character of Unicode: never raw in %s",
  (_, write) => {
    expect(rawCharacters(write, unsafeCharacters)).toEqual([]);
  },
  SLOW_TEST_MS,
);

test(
  "each visible letter, number, punctuation and symbol of Unicode: raw in plain text",
  () => {
    expect(visibleCharacters.length).toBeGreaterThan(140_000);
    expect(rawCharacters(writePlain, visibleCharacters)).toHaveLength(visibleCharacters.length);
  },
  SLOW_TEST_MS,
);

test("a code point that UTF-8 may not encode: shown byte by byte", () => {
  expect(escaped(writePlain, new Uint8Array([0xed, 0xa0, 0x80]))).toBe("$'\\xed\\xa0\\x80'");
  expect(escaped(writePlain, new Uint8Array([0xf4, 0x90, 0x80, 0x80]))).toBe("$'\\xf4\\x90\\x80\\x80'");
});
