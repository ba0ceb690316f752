import { describe, expect, test } from "bun:test";
import { sanitizeForTerminal, quoteWord, quotePath } from "../../src/text/sanitize.ts";

describe("quoteWord and quotePath: untrusted text in a message", () => {
  test.each([
    ["plain", "plain"],
    ["ナ", "ナ"],
    ["größer 😀 שלום", "größer 😀 שלום"],
    ["\x1b[31m", "$'\\x1b[31m'"],
    ["\\x1b[31m", "\\x1b[31m"],
    ["a\nb\tc\x7f", "$'a\\nb\\tc\\x7f'"],
    ["\u009b2J", "$'\\xc2\\x9b2J'"],
    ["\u202etxt", "$'\\xe2\\x80\\xaetxt'"],
    ["\u2028\u200b\u00ad", "$'\\xe2\\x80\\xa8\\xe2\\x80\\x8b\\xc2\\xad'"],
    ["\u3164\u034f\ufe0f", "$'\\xe3\\x85\\xa4\\xcd\\x8f\\xef\\xb8\\x8f'"],
    ["\ud800", "\ufffd"],
    ["\u{e0041}", "$'\\xf3\\xa0\\x81\\x81'"],
    ["$'quoted", "$'$\\'quoted'"],
  ])("%j: %s", (text, shown) => {
    expect(quoteWord(text)).toBe(shown);
  });

  test("a long word: its middle is cut, never within an escape", () => {
    expect(quoteWord("a".repeat(60))).toBe("a".repeat(60));
    expect(quoteWord("a".repeat(61))).toBe(`${"a".repeat(28)}...${"a".repeat(28)}`);
    const two = "\\xe2\\x80\\xae\\xe2\\x80\\xae";
    expect(quoteWord("\u202e".repeat(100))).toBe(`$'${two}...${two}'`);
    expect(quoteWord(`start${"x".repeat(10_000_000)}end`)).toMatch(/^startx+\.\.\.x+end$/);
  });

  test("a word without room: ...", () => {
    expect(quoteWord("word", 1)).toBe("...");
    expect(quoteWord("\u202e", 4)).toBe("...");
  });

  test("a long path: keeps the name of the file", () => {
    const path = `/${"directory/".repeat(100)}the-name-of-the-file.json`;
    expect(quotePath(path)).toEndWith("/the-name-of-the-file.json");
    expect(quotePath(path).length).toBeLessThanOrEqual(240);
    expect(quotePath(path.slice(0, 200))).toBe(path.slice(0, 200));
  });
});

test("sanitizeForTerminal: leaves an escaped message unchanged", () => {
  const once = sanitizeForTerminal("a\nb\x1b[2J\u202e\\x1b");
  expect(once).toBe("a\\nb\\x1b[2J\\xe2\\x80\\xae\\x1b");
  expect(sanitizeForTerminal(once)).toBe(once);
});

test("sanitizeForTerminal: cuts the end of a long text", () => {
  expect(sanitizeForTerminal("x".repeat(500))).toBe(`${"x".repeat(397)}...`);
});
