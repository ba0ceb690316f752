import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { writePlain } from "../../src/text/escape.ts";
import { bytesFrom, escaped, hostileTexts, SLOW_TEST_MS, plainOracle, unsafe } from "../support/hostile-text.ts";

const plain = (text: string | Uint8Array) => escaped(writePlain, text);

test(
  "any bytes as plain text: unchanged, or in $'…' with invalid and unsafe bytes as \\xNN",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) {
      // escaped() throws if the output is not UTF-8
      const text = escaped(writePlain, bytes, out);
      if (unsafe.test(text)) wrong.push(`${bytes.toHex()} is raw`);
      if (text !== plainOracle(bytes)) wrong.push(`${bytes.toHex()} gives ${text}`);
    }
    expect(wrong).toEqual([]);
  },
  SLOW_TEST_MS,
);

test("an ordinary name: unchanged", () => {
  expect(plain("kworker/0:1-events")).toBe("kworker/0:1-events");
  expect(plain("größe 漢字 🦀")).toBe("größe 漢字 🦀");
  expect(plain("")).toBe("");
});

test("a line feed and a tab: shown as \\n and \\t", () => {
  expect(plain("a\nb\tc")).toBe("$'a\\nb\\tc'");
});

test("control characters: shown as \\x and two hexadecimal digits", () => {
  expect(plain("\x01\r\x1b[31m\x7f")).toBe("$'\\x01\\x0d\\x1b[31m\\x7f'");
});

test("C1 control characters, which some terminals obey: shown byte by byte", () => {
  expect(plain("a\u009b31mb")).toBe("$'a\\xc2\\x9b31mb'");
});

test("characters that reorder, hide or break the line: shown byte by byte", () => {
  expect(plain("\u202egpj.exe")).toBe("$'\\xe2\\x80\\xaegpj.exe'");
  expect(plain("\ufeffa\u200bb\u2028c")).toBe("$'\\xef\\xbb\\xbfa\\xe2\\x80\\x8bb\\xe2\\x80\\xa8c'");
});

test("a sequence that the name's end truncates: reads no bytes after the name", () => {
  expect(plain(new Uint8Array([0x61, 0xe2, 0x82]))).toBe("$'a\\xe2\\x82'");
  expect(plain(new Uint8Array([0xf0, 0x9f, 0xa6]))).toBe("$'\\xf0\\x9f\\xa6'");
});

test("an invalid sequence: the character after it is kept", () => {
  expect(plain(new Uint8Array([0xe2, 0x82, 0x41]))).toBe("$'\\xe2\\x82A'");
  expect(plain(new Uint8Array([0xc0, 0xaf]))).toBe("$'\\xc0\\xaf'");
});

test("a text that looks like an escape: differs from an escaped text, unchanged if unambiguous", () => {
  expect(plain("\\x1b")).toBe("\\x1b");
  expect(plain("\x1b")).toBe("$'\\x1b'");
  expect(plain("$'\\x1b'")).toBe("$'$\\'\\\\x1b\\''");
  expect(plain("$HOME 'x'")).toBe("$HOME 'x'");
});

test("invisible characters: shown byte by byte", () => {
  for (const blank of [
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u034f",
    "\ufe0f",
    "\u{e0100}",
    "\u00a0",
    "\u3000",
    "\u2800",
  ]) {
    const shown = Array.from(bytesFrom(blank), (byte) => `\\x${byte.toString(16)}`).join("");
    expect(plain(`a${blank}b`)).toBe(`$'a${shown}b'`);
  }
});

test("private, unassigned and noncharacters: shown byte by byte", () => {
  expect(plain("\ue000")).toBe("$'\\xee\\x80\\x80'");
  expect(plain("\u0378")).toBe("$'\\xcd\\xb8'");
  expect(plain("\uffff")).toBe("$'\\xef\\xbf\\xbf'");
});

test("a combining mark: raw after a visible character, else shown byte by byte", () => {
  expect(plain("e\u0301\u0323t\u0301")).toBe("e\u0301\u0323t\u0301");
  expect(plain("\u0301e")).toBe("$'\\xcc\\x81e'");
  expect(plain("a \u0301e")).toBe("$'a \\xcc\\x81e'");
  expect(plain("\x01\u0301\u0301")).toBe("$'\\x01\\xcc\\x81\\xcc\\x81'");
});
