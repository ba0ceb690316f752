import { describe, expect, test } from "bun:test";
import { isGlob, literalBytes } from "../../src/filter/glob.ts";
import { compileNames, MAX_COMM_BYTES } from "../../src/filter/name-automaton.ts";
import { acceptsName } from "../support/glob-oracle.ts";

const encoder = new TextEncoder();

/** A text, or bytes that are not valid UTF-8. */
type Name = string | readonly number[];

const bytesOf = (name: Name) => (typeof name === "string" ? encoder.encode(name) : Uint8Array.from(name));
const matches = (pattern: string, name: Name) => acceptsName(compileNames([pattern]), bytesOf(name));

describe.each<[pattern: string, yes: Name[], no: Name[]]>([
  ["", [""], ["a"]],
  ["sh", ["sh"], ["", "s", "bash", "shell", "SH"]],
  ["*", ["", "a", "é", "😀", "exactly15bytes!", [0xff, 0x80]], []],
  ["**", ["", "a", "ab"], []],
  ["?", ["a", "é", "😀", "*", [0x80], [0xff], [0xe2, 0x82]], ["", "ab", "éa", [0x80, 0x80], [0xff, 0x61]]],
  ["??", ["ab", "é😀", [0x80, 0x80], [0xe2, 0x61], [0xc3, 0xa9, 0xa9]], ["a", "é", [0xf0, 0x9f, 0x98]]],
  ["a*b*c", ["abc", "aXbYc", "abbcc", "abcabc", "aébébéc"], ["ab", "acb", "abcd", "xabc", "a"]],
  ["*a", ["a", "aa", "ba", [0xe2, 0x61]], ["", "ab"]],
  ["[!0-9]*", ["sh", "é9", [0xff]], ["", "9", "0abc"]],
  ["[^0-9]", ["^", "a"], ["5"]],
  ["kworker/*", ["kworker/", "kworker/0:1", "kworker/u8:2-ev"], ["kworker", "xkworker/1", "/"]],
  ["\\*", ["*"], ["", "a", "\\*", "\\"]],
  ["a\\?", ["a?"], ["ab", "a\\?"]],
  ["a\\", ["a\\"], ["a", "a\\b"]],
  ["\\a", ["a"], ["\\a"]],
  ["[", ["["], ["", "a"]],
  ["[ab", ["[ab"], ["a", "b"]],
  ["[]", ["[]"], ["", "]"]],
  ["[!]", ["[!]"], ["!", "a"]],
  ["[[]x]", ["[x]"], ["[", "x"]],
  ["[]-]", ["]", "-"], ["[", "]-"]],
  ["[!]a]", ["b", "[", "é"], ["]", "a"]],
  ["[a-]", ["a", "-"], ["b", "a-"]],
  ["[a!^]", ["!", "^", "a"], ["b"]],
  ["[\\]x]", ["]", "x"], ["\\", "\\]"]],
  ["[a\\-c]", ["a", "-", "c"], ["b", "\\"]],
  ["[z-a]", [], ["a", "m", "z", "-"]],
  ["[é]", ["é"], ["e", "ê", [0xc3], [0xa9], [0xc3, 0xa9, 0xa9]]],
  ["[!é]", ["e", "ê", "😀", [0xc3], [0xa9]], ["é", "", "ab"]],
  ["[à-ü]*", ["é", "über", "à"], ["u", "ý", "😀", ""]],
  ["[😀-😂]", ["😀", "😁", "😂"], ["😃", "a", [0xf0, 0x9f, 0x98]]],
  ["caf?", ["café", "cafe", [0x63, 0x61, 0x66, 0xc3]], ["caf", "caféé"]],
  ["*é", ["é", "café", [0xe2, 0xc3, 0xa9]], ["e", [0xc3], [0xa9]]],
  [
    "[\u0001-\u{10ffff}]",
    ["a", "\ud7ff", "\ue000", "\u{10ffff}"],
    [[0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]],
  ],
  [
    "[A-Z]",
    ["A", "Z"],
    [
      [0xc1, 0x81],
      [0xe0, 0x81, 0x81],
      [0xf0, 0x80, 0x81, 0x81],
    ],
  ],
  ["fifteen bytes!!", ["fifteen bytes!!"], ["fifteen bytes!", "fifteen bytes!?"]],
  ["fifteen bytes!!*", ["fifteen bytes!!"], ["fifteen bytes!"]],
  ["fifteen bytes!!?", [], ["fifteen bytes!!", "fifteen bytes!"]],
  ["sixteen bytes!!!", [], ["sixteen bytes!!"]],
  ["???????????????", ["fifteen bytes!!", new Array(15).fill(0x80)], ["fourteen bytes", "ééééééé!"]],
  ["*[!a]", ["fifteen bytes!é".slice(0, 14), "b", "aé"], ["a", "ba", ""]],
  ["ééééééé?", ["éééééééa", [...encoder.encode("ééééééé"), 0xc3]], ["ééééééé"]],
])("the glob %p:", (pattern, yes, no) => {
  test.each(yes.map((name) => [name]))("matches %p", (name) => {
    expect(matches(pattern, name)).toBe(true);
  });
  test.each(no.map((name) => [name]))("does not match %p", (name) => {
    expect(matches(pattern, name)).toBe(false);
  });
});

test.each<[pattern: string, bytes: string]>([
  ["sh", "sh"],
  ["", ""],
  ["(sd-pam)", "(sd-pam)"],
  ["a\\*b\\?\\[c]", "a*b?[c]"],
  ["\\\\", "\\"],
  ["end\\", "end\\"],
  ["[open", "[open"],
  ["[]", "[]"],
  ["[!]", "[!]"],
  ["[a\\]", "[a]"],
  ["é😀", "é😀"],
])("isGlob(%p): false; literalBytes() removes the escapes", (pattern, bytes) => {
  expect(isGlob(pattern)).toBe(false);
  expect(literalBytes(pattern)).toEqual(encoder.encode(bytes));
});

test.each(["*", "?", "a*", "[a]", "[]]", "[!]]", "\\**", "[\\]]", "[a[]", "x[ab]y"])("isGlob(%p): true", (pattern) => {
  expect(isGlob(pattern)).toBe(true);
});

test("literalBytes(): counts bytes, not characters", () => {
  expect(literalBytes("ééééééé")).toHaveLength(14);
  expect(literalBytes("éééééééé").length).toBeGreaterThan(MAX_COMM_BYTES);
});
