/** Globs of names: the automaton of the BPF program and backtracking over characters agree. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileNames, MAX_COMM_BYTES } from "../../../src/filter/name-automaton.ts";
import { acceptsName, matchesByBacktracking } from "../../support/glob-oracle.ts";
import { always } from "../../support/property.ts";

const NAMES = 40;
const LONG = { maxLength: 7, size: "max" } as const;

/** Few letters, so that many names match, and the special characters. */
const characters = ["a", "b", "c", "é", "ê", "😀", "-", "*", "*", "?", "?", "[", "]", "!", "^", "\\"];
const brackets = ["[ab]", "[!a]", "[]a]"];
const rareParts = [
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
const part = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...characters, ...brackets) },
  { weight: 1, arbitrary: fc.constantFrom(...rareParts) },
);
/** Half of the sequences are short, because more of the short ones match. */
const sequence = <T>(items: fc.Arbitrary<T>) => fc.oneof(fc.array(items, { maxLength: 2 }), fc.array(items, LONG));
const globs = fc.array(
  sequence(part).map((parts) => parts.join("")),
  { minLength: 1, maxLength: 3 },
);

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];
const validParts = ["a", "b", "c", "é", "ê", "😀", "-", "]", "[", "!", "\\", "*", "?", "^"].map(bytesOf);
const truncated = [[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98]];
const overlong = [
  [0xc1, 0x81],
  [0xe0, 0x81, 0xa1],
  [0xf0, 0x80, 0x81, 0xa1],
];
const surrogate = [0xed, 0xa0, 0x80];
const beyondUnicode = [0xf4, 0x90, 0x80, 0x80];
/** The characters beside the surrogates, and the last one. */
const borders = ["\ud7ff", "\ue000", "\u{10ffff}"].map(bytesOf);
const invalidParts = [[0x80], [0xbf], [0xff], ...truncated, ...overlong, surrogate, beyondUnicode];
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...validParts) },
  { weight: 1, arbitrary: fc.constantFrom(...invalidParts, ...borders) },
);
const names = fc.array(
  sequence(character).map((parts) => Uint8Array.from(parts.flat().slice(0, MAX_COMM_BYTES))),
  { minLength: NAMES, maxLength: NAMES },
);

test("random globs and names: the automaton matches what backtracking matches", () => {
  const seen = { matches: 0, others: 0 };
  always(
    fc.tuple(globs, names),
    ([patterns, comms]) => {
      const automaton = compileNames(patterns);
      for (const comm of comms) {
        const expected = patterns.some((pattern) => matchesByBacktracking(pattern, comm));
        seen[expected ? "matches" : "others"]++;
        if (acceptsName(automaton, comm) !== expected) throw new Error(`${comm.toHex()}: expected ${expected}`);
      }
    },
    60,
  );
  const all = seen.matches + seen.others;
  expect(seen.matches / all).toBeGreaterThan(0.08);
  expect(seen.others / all).toBeGreaterThan(0.5);
});

test("random globs with removed ones: the automaton matches the first and none of the others", () => {
  always(
    fc.tuple(globs, globs, names),
    ([patterns, removed, comms]) => {
      const automaton = compileNames(patterns, removed);
      for (const comm of comms) {
        const isMatch = (pattern: string) => matchesByBacktracking(pattern, comm);
        const expected = patterns.some(isMatch) && !removed.some(isMatch);
        if (acceptsName(automaton, comm) !== expected) throw new Error(`${comm.toHex()}: expected ${expected}`);
      }
    },
    60,
  );
});
