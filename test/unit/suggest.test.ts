import { expect, test } from "bun:test";
import { nearest } from "../../src/cli/suggest.ts";

const words = ["format", "failed", "pid", "time", "timestamp", "ring-size", "json"];

test.each([
  ["formt", "format"],
  ["forrmat", "format"],
  ["fornat", "format"],
  ["pod", "pid"],
  ["ringsize", "ring-size"],
  ["JSON", "json"],
])("%s is one letter off %s", (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});

test.each([
  ["fromat", "format"],
  ["tiem", "time"],
  ["jsno", "json"],
  ["itme", "time"],
  ["tmie", "time"],
])("%s has two letters of %s in the wrong order, the commonest slip of all", (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});

test("a word that is there means itself", () => {
  for (const word of words) expect(nearest(word, words)).toBe(word);
});

test("a beginning that only one word has means that word", () => {
  expect(nearest("fo", words)).toBe("format");
  expect(nearest("ring", words)).toBe("ring-size");
  expect(nearest("times", words)).toBe("timestamp");
});

test("a single letter begins too many words to mean one", () => {
  expect(nearest("j", words)).toBeUndefined();
});

test("what is close to none means none", () => {
  expect(nearest("doctor", words)).toBeUndefined();
  expect(nearest("", words)).toBeUndefined();
  expect(nearest("xyz", words)).toBeUndefined();
  expect(nearest("pid", [])).toBeUndefined();
});

test("a short word has fewer letters to be wrong", () => {
  expect(nearest("pxx", words)).toBeUndefined();
  expect(nearest("itmx", words)).toBeUndefined();
  expect(nearest("fxrmxt", words)).toBe("format");
});

test("of two close words it takes the closer one", () => {
  expect(nearest("tim", ["dim", "time"])).toBe("time");
  expect(nearest("cound", ["count", "sounds"])).toBe("count");
});

test("a very long word costs no time", () => {
  const start = performance.now();
  expect(nearest("x".repeat(10_000_000), words)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(1000);
});
