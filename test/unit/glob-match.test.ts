import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseGlob, splitGlobs } from "../../src/filter/glob.ts";
import { compileGlobs, matchesGlob } from "../../src/filter/glob-match.ts";
import { cpuMilliseconds } from "../support/cpu-time.ts";
import { matchesByBacktracking } from "../support/glob-oracle.ts";
import { always } from "../support/property.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function matches(pattern: string, text: string | Uint8Array): boolean {
  const bytes = typeof text === "string" ? encode(text) : text;
  return matchesGlob(parseGlob(pattern), bytes, bytes.length);
}

describe("matchesGlob():", () => {
  test.each<[pattern: string, yes: string[], no: string[]]>([
    ["", [""], ["a"]],
    ["*", ["", "a", "sh -c 'exit 3'"], []],
    ["sh *", ["sh -c x", "sh "], ["sh", "bash -c x"]],
    ["*server.js*", ["node server.js", "node /srv/server.js --port 80"], ["node server.ts"]],
    ["*aab", ["aab", "aaab", "aabaab"], ["aaba", "ab"]],
    ["*ab*ab*", ["abab", "xabyabz", "aabbab"], ["ab", "aba", "baba"]],
    ["a?c", ["abc", "aéc", "a😀c"], ["ac", "abbc"]],
    ["*[0-9]", ["x1", "1"], ["x", "1x"]],
    ["[!a]*", ["b", "é"], ["a", "", "ab"]],
    ["\\*x", ["*x"], ["ax"]],
  ])("%s", (pattern, yes, no) => {
    for (const text of yes) expect([text, matches(pattern, text)]).toEqual([text, true]);
    for (const text of no) expect([text, matches(pattern, text)]).toEqual([text, false]);
  });

  test("a text of 160 KB and a pattern that fails at its end: takes less than a second of CPU time", () => {
    const text = encode("a".repeat(160 * 1024));
    const spent = cpuMilliseconds(() => {
      expect(matchesGlob(parseGlob("*aaaaaaaaaaaaaaab"), text, text.length)).toBeFalse();
      expect(matchesGlob(parseGlob("*a*a*a*a*a*a*b"), text, text.length)).toBeFalse();
    });
    expect(spent).toBeLessThan(1000);
  });

  test("bytes after the length: ignored", () => {
    expect(matchesGlob(parseGlob("ab"), encode("abc"), 2)).toBeTrue();
  });

  test("random patterns and bytes: matches what backtracking matches", () => {
    const part = fc.constantFrom("a", "b", "é", "*", "*", "?", "[ab]", "[!a]", "[à-ü]", "\\*", "😀");
    const byte = fc.constantFrom(0x61, 0x62, 0x2a, 0xc3, 0xa9, 0xe2, 0x82, 0xf0, 0x9f, 0x98, 0x80, 0xff);
    always(
      fc.tuple(
        fc.array(part, { maxLength: 6 }),
        fc.array(fc.array(byte, { maxLength: 8 }), { minLength: 20, maxLength: 20 }),
      ),
      ([parts, texts]) => {
        const pattern = parts.join("");
        for (const text of texts) {
          const bytes = Uint8Array.from(text);
          if (matches(pattern, bytes) !== matchesByBacktracking(pattern, bytes))
            throw new Error(`${pattern} and ${bytes.toHex()}`);
        }
      },
      200,
    );
  });
});

test("compileGlobs(): any of the selected and none of the removed patterns", () => {
  const selects = (selected: string[], removed: string[], text: string) =>
    compileGlobs({ selected, removed })(encode(text), encode(text).length);
  expect(selects(["a*", "*z"], [], "xyz")).toBeTrue();
  expect(selects(["a*", "*z"], [], "xy")).toBeFalse();
  expect(selects(["a*"], ["*c"], "abc")).toBeFalse();
  expect(selects(["a*"], ["*c"], "abd")).toBeTrue();
  expect(selects([], ["*c"], "xyz")).toBeTrue();
  expect(selects([], ["*c"], "abc")).toBeFalse();
});

test.each([
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  ["nginx*,[a,b]x,c", ["nginx*", "[a,b]x", "c"]],
  ["[!,]x,y", ["[!,]x", "y"]],
  ["[a,b", ["[a", "b"]],
  ["a\\,b,c", ["a\\,b", "c"]],
  ["a,", ["a", ""]],
  ["é,😀", ["é", "😀"]],
  ["a\\", ["a\\"]],
  ["", [""]],
])("splitGlobs(%j): %j", (text, patterns) => {
  expect(splitGlobs(text)).toEqual(patterns);
});
