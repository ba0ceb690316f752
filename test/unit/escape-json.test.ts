import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/output/byte-writer.ts";
import { writeJson } from "../../src/output/escape.ts";
import { escaped, hostileTexts, lenientText, PATIENCE, unsafe } from "../support/hostile-text.ts";

const json = (text: string | Uint8Array) => escaped(writeJson, text);

test(
  "a JSON parser reads what the WHATWG decoder reads, whatever the bytes",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) {
      // throws where the output is not UTF-8
      const text = escaped(writeJson, bytes, out);
      if (JSON.parse(text) !== lenientText(bytes)) wrong.push(`${bytes.toHex()} gives ${text}`);
    }
    expect(wrong).toEqual([]);
  },
  PATIENCE,
);

test(
  "JSON that somebody reads on a terminal is harmless there too",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) if (unsafe.test(escaped(writeJson, bytes, out))) wrong.push(bytes.toHex());
    expect(wrong).toEqual([]);
  },
  PATIENCE,
);

test("an ordinary name stands between quotes as it is", () => {
  expect(json("größe 漢字 🦀/'")).toBe(`"größe 漢字 🦀/'"`);
  expect(json("")).toBe('""');
});

test("quotes and backslashes are escaped with a backslash", () => {
  expect(json('a"b\\c')).toBe('"a\\"b\\\\c"');
});

test("what JSON has a letter for has it, other controls are \\u and four digits", () => {
  expect(json("\n\t\r\b\f\x1b\x7f\u0085")).toBe('"\\n\\t\\r\\b\\f\\u001b\\u007f\\u0085"');
});

test("format characters are escaped, past the basic plane as a surrogate pair", () => {
  expect(json("\u202e\ufeff")).toBe('"\\u202e\\ufeff"');
  expect(json("\u{e0041}")).toBe('"\\udb40\\udc41"');
});

test("each invalid sequence becomes one U+FFFD, and what it could not swallow stays", () => {
  expect(json(new Uint8Array([0x61, 0xff, 0x62]))).toBe('"a\ufffdb"');
  expect(json(new Uint8Array([0xe2, 0x82, 0x22]))).toBe('"\ufffd\\""');
  expect(json(new Uint8Array([0xed, 0xa0, 0x80]))).toBe('"\ufffd\ufffd\ufffd"');
});
