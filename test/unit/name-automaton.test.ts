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
  const names = Array.from({ length: 310 }, (_, i) => `${i}-`.padEnd(MAX_COMM_BYTES, "abcdefghijklmno"));
  const fits = (patterns: string[]) => {
    try {
      compileNames(patterns);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toBe("too many patterns to match at once");
      return false;
    }
  };
  /** Bisects for the first count at which the patterns do not fit, as each one adds states. */
  const firstRefused = (low: number, high: number, patterns: (count: number) => string[]) => {
    let [accepted, refused] = [low, high];
    while (refused - accepted > 1) {
      const middle = (accepted + refused) >> 1;
      if (fits(patterns(middle))) accepted = middle;
      else refused = middle;
    }
    expect([accepted, refused].map((count) => fits(patterns(count)))).toEqual([true, false]);
    return refused;
  };
  const count = firstRefused(302, names.length, (count) => names.slice(0, count));
  const shorter = (size: number) => [...names.slice(0, count - 1), names[count - 1]!.slice(0, size)];
  const size = firstRefused(0, MAX_COMM_BYTES, shorter);
  expect(compileNames(shorter(size - 1)).states).toBe(4096);
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
