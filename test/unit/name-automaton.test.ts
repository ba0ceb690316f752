import { expect, test } from "bun:test";
import { compileNames, MAX_COMM_BYTES } from "../../src/filter/name-automaton.ts";
import { NameState } from "../../src/record/layout.ts";
import { acceptsName } from "../support/glob-oracle.ts";

test("compileNames() of several patterns: accepts what one of them matches", () => {
  const automaton = compileNames(["sh", "*ginx*", "s?", "[0-9]"]);
  for (const name of ["sh", "nginx: master", "su", "7"]) expect(acceptsName(automaton, Buffer.from(name))).toBe(true);
  for (const name of ["", "s", "bash", "nginy", "77"]) expect(acceptsName(automaton, Buffer.from(name))).toBe(false);
});

test("compileNames(): dead and accepted states have no successors, and every transition is in the table", () => {
  for (const patterns of [["a"], ["*"], ["?é*", "[à-ü]x"], ["", "*b*"]]) {
    const { states, next } = compileNames(patterns);
    expect(next).toHaveLength(states * 256);
    expect(next.subarray(0, 256).every((state) => state === 0)).toBe(true);
    expect(next.subarray(512, 768).every((state) => state === 0)).toBe(true);
    expect(next.every((state) => state < states)).toBe(true);
    expect(next.every((state, i) => state !== NameState.accepted || i % 256 === 0)).toBe(true);
  }
});

test("compileNames() of patterns longer than 15 bytes: the rest takes no states", () => {
  expect(compileNames(["a".repeat(1000)]).states).toBe(compileNames(["a".repeat(MAX_COMM_BYTES)]).states);
  expect(compileNames(["?".repeat(100)]).states).toBeLessThan(100);
  expect(compileNames(["*a".repeat(100)]).states).toBeLessThan(100);
});

test("compileNames() of 12 patterns *WORD*: fewer than 200 states, not one per subset of the words", () => {
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

test("compileNames(): accepts 4,096 states and refuses 4,097", () => {
  // each name adds 13 states for the bytes that it does not share with another one
  const names = Array.from({ length: 307 }, (_, i) => `${i}-`.padEnd(MAX_COMM_BYTES, "abcdefghijklmno"));
  const withLast = (bytes: number) => [...names.slice(0, -1), names.at(-1)!.slice(0, bytes)];
  expect(compileNames(names.slice(0, -1)).states).toBe(4091);
  expect(compileNames(withLast(7)).states).toBe(4096);
  expect(() => compileNames(withLast(8))).toThrow(new RangeError("too many patterns to match at once"));
});

test("compileNames() with removed patterns: accepts what only the others match", () => {
  const automaton = compileNames(["s*", "nginx"], ["sh", "*d", "su?o"]);
  for (const name of ["s", "shx", "su", "sudoo", "nginx"])
    expect([name, acceptsName(automaton, Buffer.from(name))]).toEqual([name, true]);
  for (const name of ["sh", "sshd", "sudo", "bash", ""])
    expect([name, acceptsName(automaton, Buffer.from(name))]).toEqual([name, false]);
});

test("compileNames() with removed patterns alone: accepts all other names", () => {
  const automaton = compileNames([], ["grep", "k*/*"]);
  for (const name of ["", "sh", "greps", "egrep", "k", "ab/", "fifteen bytes!!"])
    expect([name, acceptsName(automaton, Buffer.from(name))]).toEqual([name, true]);
  for (const name of ["grep", "kworker/0:1", "k/"])
    expect([name, acceptsName(automaton, Buffer.from(name))]).toEqual([name, false]);
});

test.each<[patterns: string[], removed: string[], isEmpty: boolean]>([
  [["sh"], ["sh"], true],
  [["sh", "bash"], ["*sh"], true],
  [["*sh"], ["sh", "?*sh"], true],
  [["s*"], ["*"], true],
  [[], ["*"], true],
  [["*sh"], ["sh"], false],
  [["s*"], ["*h"], false],
])("compileNames(%j) without %j: accepts no name: %p", (patterns, removed, isEmpty) => {
  expect(compileNames(patterns, removed).next.includes(NameState.accepted)).toBe(!isEmpty);
});
