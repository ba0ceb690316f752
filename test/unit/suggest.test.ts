import { expect, test } from "bun:test";
import { nearest, suggestions } from "../../src/cli/suggest.ts";
import { cpuMilliseconds } from "../support/cpu-time.ts";

const words = ["format", "failed", "pid", "time", "timestamp", "ring-size", "json"];

test.each([
  ["formt", "format"],
  ["forrmat", "format"],
  ["fornat", "format"],
  ["pod", "pid"],
  ["ringsize", "ring-size"],
  ["JSON", "json"],
])("nearest(%j): one wrong letter, returns %s", (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});

test.each([
  ["fromat", "format"],
  ["tiem", "time"],
  ["jsno", "json"],
  ["itme", "time"],
  ["tmie", "time"],
])("nearest(%j): two letters swapped, returns %s", (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});

test("nearest: returns a word of the list itself", () => {
  for (const word of words) expect(nearest(word, words)).toBe(word);
});

test("nearest: returns the only word with that prefix", () => {
  expect(nearest("fo", words)).toBe("format");
  expect(nearest("ring", words)).toBe("ring-size");
  expect(nearest("times", words)).toBe("timestamp");
});

test("nearest: returns nothing for a single letter", () => {
  expect(nearest("j", words)).toBeUndefined();
});

test("nearest: returns nothing if no word is close", () => {
  expect(nearest("doctor", words)).toBeUndefined();
  expect(nearest("", words)).toBeUndefined();
  expect(nearest("xyz", words)).toBeUndefined();
  expect(nearest("pid", [])).toBeUndefined();
});

test("nearest: allows fewer wrong letters in a short word", () => {
  expect(nearest("pxx", words)).toBeUndefined();
  expect(nearest("itmx", words)).toBeUndefined();
  expect(nearest("fxrmxt", words)).toBe("format");
});

test("nearest: passes over an equally distant word that is too short for so many wrong letters", () => {
  expect(nearest("header", ["threaded", "no-header"])).toBe("no-header");
});

test("nearest: returns the closest of several words", () => {
  expect(nearest("tim", ["dim", "time"])).toBe("time");
  expect(nearest("cound", ["count", "sounds"])).toBe("count");
});

test("nearest: takes less than a second of CPU time for a word of 10 million letters", () => {
  const text = "x".repeat(10_000_000);
  expect(cpuMilliseconds(() => expect(nearest(text, words)).toBeUndefined())).toBeLessThan(1000);
});

test("suggestions: returns the words that begin with the typed one, if they are four or fewer", () => {
  const many = ["columns", "color", "count", "comm", "code"];
  expect(suggestions("col", many)).toEqual(["columns", "color"]);
  expect(suggestions("co", many)).toEqual([]);
  expect(suggestions("co", many.slice(1))).toEqual(["color", "count", "comm", "code"]);
});

test("suggestions: returns the closest word if none begins with the typed one", () => {
  expect(suggestions("fromat", words)).toEqual(["format"]);
  expect(suggestions("xyz", words)).toEqual([]);
});
