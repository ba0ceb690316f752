import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { writeJson } from "../../src/text/escape.ts";
import { escaped, hostileTexts, lenientText, SLOW_TEST_MS, unsafe } from "../support/hostile-text.ts";

const json = (text: string | Uint8Array) => escaped(writeJson, text);

test(
  "any bytes in JSON: a parser reads what the WHATWG decoder reads",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) {
      // escaped() throws if the output is not UTF-8
      const text = escaped(writeJson, bytes, out);
      if (JSON.parse(text) !== lenientText(bytes)) wrong.push(`${bytes.toHex()} gives ${text}`);
    }
    expect(wrong).toEqual([]);
  },
  SLOW_TEST_MS,
);

test(
  "any bytes in JSON: no unsafe character reaches a terminal",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) if (unsafe.test(escaped(writeJson, bytes, out))) wrong.push(bytes.toHex());
    expect(wrong).toEqual([]);
  },
  SLOW_TEST_MS,
);

test("an ordinary name in JSON: unchanged between quotes", () => {
  expect(json("größe 漢字 🦀/'")).toBe(`"größe 漢字 🦀/'"`);
  expect(json("")).toBe('""');
});

test("quotes and backslashes in JSON: escaped with a backslash", () => {
  expect(json('a"b\\c')).toBe('"a\\"b\\\\c"');
});

test("control characters in JSON: \\n, \\t, \\r, \\b and \\f, others \\u and four digits", () => {
  expect(json("\n\t\r\b\f\x1b\x7f\u0085")).toBe('"\\n\\t\\r\\b\\f\\u001b\\u007f\\u0085"');
});

test("format characters in JSON: escaped, above U+FFFF as a surrogate pair", () => {
  expect(json("\u202e\ufeff")).toBe('"\\u202e\\ufeff"');
  expect(json("\u{e0041}")).toBe('"\\udb40\\udc41"');
});

test("an invalid sequence in JSON: one U+FFFD; the character after it is kept", () => {
  expect(json(new Uint8Array([0x61, 0xff, 0x62]))).toBe('"a\ufffdb"');
  expect(json(new Uint8Array([0xe2, 0x82, 0x22]))).toBe('"\ufffd\\""');
  expect(json(new Uint8Array([0xed, 0xa0, 0x80]))).toBe('"\ufffd\ufffd\ufffd"');
});
