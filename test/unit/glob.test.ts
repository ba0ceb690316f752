import { describe, expect, test } from "bun:test";
import { isGlob, literalBytes } from "../../src/filter/glob.ts";
import { compileNames, MAX_COMM_BYTES, type NameAutomaton } from "../../src/filter/name-automaton.ts";
import { Random } from "../support/random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** As the recorder runs it: every byte of the name and the NUL behind it. */
function run({ next }: NameAutomaton, name: Uint8Array): boolean {
  let state = 1;
  for (const byte of [...name, 0]) state = next[state * 256 + byte]!;
  if (state !== 0 && state !== 2) throw new Error(`state ${state} behind the end of a name`);
  return state === 2;
}

/** Names are text here, or bytes where text cannot say it. */
type Name = string | readonly number[];

const bytesOf = (name: Name) => (typeof name === "string" ? encoder.encode(name) : Uint8Array.from(name));
const matches = (pattern: string, name: Name) => run(compileNames([pattern]), bytesOf(name));

/** A name's characters; what is none of UTF-8's is undefined. */
function charactersOf(name: Uint8Array): (string | undefined)[] {
  const characters: (string | undefined)[] = [];
  for (let at = 0; at < name.length;) {
    const first = name[at]!;
    const most = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
    let end = at + 1;
    while (end < name.length && end < at + most && (name[end]! & 0xc0) === 0x80) end++;
    try {
      characters.push(decoder.decode(name.subarray(at, end)));
    } catch {
      characters.push(undefined);
    }
    at = end;
  }
  return characters;
}

const number = (character: string) => character.codePointAt(0)!;

/** Goes through a bracket's text: whether it takes a character, and where the pattern goes on; undefined where it is not closed. */
function bracket(pattern: string[], name: string | undefined): { takes: boolean; rest: string[] } | undefined {
  const inside = pattern.slice(1);
  const isNegated = "!^".includes(inside[0] ?? "none");
  if (isNegated) inside.shift();
  const next = () => (inside[0] === "\\" && inside.length > 1 ? inside.splice(0, 2)[1]! : inside.shift()!);
  let isIn = false;
  let isFirst = true;
  while (inside.length && (isFirst || inside[0] !== "]")) {
    isFirst = false;
    const low = next();
    let high = low;
    if (inside[0] === "-" && inside.length > 1 && inside[1] !== "]") {
      inside.shift();
      high = next();
    }
    if (name !== undefined && number(low) <= number(name) && number(name) <= number(high)) isIn = true;
  }
  return inside.length ? { takes: isIn !== isNegated, rest: inside.slice(1) } : undefined;
}

/** The straightforward way: backtracking over characters. */
function backtrack(pattern: string[], name: (string | undefined)[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return name.length === 0;
  if (head === "*") return backtrack(rest, name) || (name.length > 0 && backtrack(pattern, name.slice(1)));
  if (name.length === 0) return false;
  if (head === "?") return backtrack(rest, name.slice(1));
  const found = head === "[" ? bracket(pattern, name[0]) : undefined;
  if (found) return found.takes && backtrack(found.rest, name.slice(1));
  if (head === "\\" && rest.length) return rest[0] === name[0] && backtrack(rest.slice(1), name.slice(1));
  return head === name[0] && backtrack(rest, name.slice(1));
}

/** Few letters, so that much matches; each of what is special, alone and as it is commonly written. */
const pieces = [
  "a",
  "b",
  "c",
  "é",
  "ê",
  "😀",
  "-",
  "*",
  "*",
  "?",
  "?",
  "[",
  "]",
  "!",
  "^",
  "\\",
  "[ab]",
  "[!a]",
  "[]a]",
];
const morePieces = [
  "[^]b]",
  "[a-c]",
  "[à-ü]",
  "[!é-😀]",
  "[!-~]",
  "[c-a]",
  "[a\\]b]",
  "[b-]",
  "\\*",
  "[\u0001-\u{10ffff}]",
];
const nameParts = ["a", "b", "c", "é", "ê", "😀", "-", "]", "[", "!", "\\", "*", "?", "^"].map((text) => [
  ...bytesOf(text),
]);
/**
 * Invalid bytes, incomplete characters, overlong encodings, a surrogate, a number beyond Unicode,
 * and the last valid character.
 */
const strangeParts = [
  ...[
    [0x80],
    [0xbf],
    [0xc3],
    [0xc1, 0x81],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98],
    [0xff],
    [0xe0, 0x81, 0xa1],
    [0xed, 0xa0, 0x80],
  ],
  ...[
    [0xf0, 0x80, 0x81, 0xa1],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf4, 0x8f, 0xbf, 0xbf],
    [0xed, 0x9f, 0xbf],
    [0xee, 0x80, 0x80],
  ],
];

function randomPattern(random: Random): string {
  const size = random.below(8);
  return Array.from({ length: size }, () => random.oneOf(random.below(3) ? pieces : morePieces)).join("");
}

function randomName(random: Random): Uint8Array {
  const parts = Array.from({ length: random.below(8) }, () => random.oneOf(random.below(5) ? nameParts : strangeParts));
  return Uint8Array.from(parts.flat().slice(0, MAX_COMM_BYTES));
}

test("random lists of patterns match what backtracking says", () => {
  const random = new Random(7);
  const seen = { matched: 0, not: 0 };
  for (let i = 0; i < 600; i++) {
    const patterns = Array.from({ length: 1 + random.below(3) }, () => randomPattern(random));
    const matcher = compileNames(patterns);
    for (let j = 0; j < 40; j++) {
      const name = randomName(random);
      const characters = charactersOf(name);
      const expected = patterns.some((pattern) => backtrack([...pattern], characters));
      if (run(matcher, name) !== expected) {
        throw new Error(`${JSON.stringify(patterns)} and ${name.toHex()}: ${expected} is right`);
      }
      seen[expected ? "matched" : "not"]++;
    }
  }
  expect(seen.matched).toBeGreaterThan(1000);
  expect(seen.not).toBeGreaterThan(5000);
});

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
])("%p", (pattern, yes, no) => {
  test.each(yes.map((name) => [name]))("matches %p", (name) => {
    expect(matches(pattern, name)).toBe(true);
  });
  test.each(no.map((name) => [name]))("does not match %p", (name) => {
    expect(matches(pattern, name)).toBe(false);
  });
});

test("a list matches what any of it matches", () => {
  const matcher = compileNames(["sh", "*ginx*", "s?", "[0-9]"]);
  for (const name of ["sh", "nginx: master", "su", "7"]) expect(run(matcher, encoder.encode(name))).toBe(true);
  for (const name of ["", "s", "bash", "nginy", "77"]) expect(run(matcher, encoder.encode(name))).toBe(false);
});

test("dead and accepted lead nowhere, and no transition leaves the table", () => {
  for (const patterns of [["a"], ["*"], ["?é*", "[à-ü]x"], ["", "*b*"]]) {
    const { states, next } = compileNames(patterns);
    expect(next).toHaveLength(states * 256);
    expect(next.subarray(0, 256).every((state) => state === 0)).toBe(true);
    expect(next.subarray(512, 768).every((state) => state === 0)).toBe(true);
    expect(next.every((state) => state < states)).toBe(true);
    expect(next.every((state, i) => state !== 2 || i % 256 === 0)).toBe(true);
  }
});

test("what lies behind the fifteenth byte takes no states", () => {
  expect(compileNames(["a".repeat(10_000)]).states).toBe(compileNames(["a".repeat(MAX_COMM_BYTES)]).states);
  expect(compileNames(["?".repeat(1000)]).states).toBeLessThan(100);
  expect(compileNames(["*a".repeat(1000)]).states).toBeLessThan(100);
});

test("a list of words to be found anywhere does not grow with the subsets of the list", () => {
  const words = [
    "nginx",
    "java",
    "python",
    "node",
    "redis",
    "mysql",
    "bash",
    "sshd",
    "cron",
    "kubelet",
    "docker",
    "runc",
  ];
  expect(compileNames(words.map((word) => `*${word}*`)).states).toBeLessThan(200);
});

test("4096 states are taken, one more is refused", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `${i}-`.padEnd(MAX_COMM_BYTES, "abcdefghijklmno"));
  const fits = (patterns: string[]) => {
    try {
      return compileNames(patterns).states <= 4096;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toBe("too many patterns to match at once");
      return false;
    }
  };
  const refused = names.findIndex((_, i) => i >= 290 && !fits(names.slice(0, i + 1)));
  expect(refused).toBeGreaterThan(290);
  const last = names[refused]!;
  const shorter = (size: number) => [...names.slice(0, refused), last.slice(0, size)];
  const size = [...last].findIndex((_, i) => !fits(shorter(i + 1)));
  expect(compileNames(shorter(size)).states).toBe(4096);
});

test.each<[pattern: string, is: boolean, bytes: string]>([
  ["sh", false, "sh"],
  ["", false, ""],
  ["(sd-pam)", false, "(sd-pam)"],
  ["a\\*b\\?\\[c]", false, "a*b?[c]"],
  ["\\\\", false, "\\"],
  ["end\\", false, "end\\"],
  ["[open", false, "[open"],
  ["[]", false, "[]"],
  ["[!]", false, "[!]"],
  ["[a\\]", false, "[a]"],
  ["é😀", false, "é😀"],
])("%p is no glob, it stands for itself without its escapes", (pattern, is, bytes) => {
  expect(isGlob(pattern)).toBe(is);
  expect(literalBytes(pattern)).toEqual(encoder.encode(bytes));
});

test.each(["*", "?", "a*", "[a]", "[]]", "[!]]", "\\**", "[\\]]", "[a[]", "x[ab]y"])("%p is a glob", (pattern) => {
  expect(isGlob(pattern)).toBe(true);
});

test("an exact name's length is counted in bytes", () => {
  expect(literalBytes("ééééééé")).toHaveLength(14);
  expect(literalBytes("éééééééé").length).toBeGreaterThan(MAX_COMM_BYTES);
});
