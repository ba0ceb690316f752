import { expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { createRedact } from "../../src/export/redact.ts";

const words = (line: string) => line.split(" ");

test.each([
  ["app --password=x run", [String.raw`--password=\S+`], "app [redacted] run"],
  ["app --password=x run", [String.raw`--password=(\S+)`], "app --password=[redacted] run"],
  ["app --password x run", [String.raw`--password[= ](\S+)`], "app --password [redacted] run"],
  ["app --password x run", [String.raw`--password[= ]\S+`], "app [redacted] [redacted] run"],
  ["app --token=a --token=b", [String.raw`token=(\S+)`], "app --token=[redacted] --token=[redacted]"],
  ["app -p1 -s2", ["-p(.)", "-s(.)"], "app -p[redacted] -s[redacted]"],
  ["app abcd", ["ab", "bc"], "app [redacted]d"],
  ["app abcd", ["x*"], "app abcd"],
  ["app a", ["(b)|a"], "app a"],
  ["app PASS=1", ["(?i)pass=(.*)"], "app PASS=[redacted]"],
])("redact of %p by %j: %p", (line, expressions, expected) => {
  expect(createRedact(expressions)(words(line))).toEqual(words(expected));
});

test("redact: an argument with blanks, and an empty one", () => {
  expect(createRedact(["secret words"])(["a", "my secret words here", ""])).toEqual(["a", "my [redacted] here", ""]);
});

test("redact: what is beyond the searched length is replaced altogether", () => {
  const [first, second, third] = createRedact(["x+y"])(["a".repeat(16_380), "bbbbbbb", "c"]);
  expect(first!.length).toBe(16_380);
  expect([second, third]).toEqual(["[redacted]", "[redacted]"]);
});

test("redact: a secret of which only the start is within the searched length is replaced as a whole", () => {
  const args = ["a".repeat(16_370), `key=${"s".repeat(32)}`, "c"];
  expect(createRedact([String.raw`key=(\w{32})`])(args)).toEqual([args[0]!, "[redacted]", "[redacted]"]);
});

test("redact: an expression that takes exponential time elsewhere takes linear time", () => {
  const redact = createRedact(["(a|a)*b", "(a+)+$x", "(.*)*z"]);
  const start = performance.now();
  redact(["a".repeat(16_000)]);
  expect(performance.now() - start).toBeLessThan(5000);
});

test("redact: an expression that looks far ahead at each character is stopped, and hides the rest", () => {
  const redact = createRedact(["a.*z|a"]);
  const start = performance.now();
  expect(redact(["a".repeat(16_000)])[0]).toMatch(/^(\[redacted\])+$/);
  expect(performance.now() - start).toBeLessThan(3000);
});

test.each(["(", "(?:[a-z]{1,1000}x)", "a{2000}", String.raw`(a)\1`, "(?=a)"])(
  "--redact %p: refused, with the reason",
  (expression) => {
    expect(() => createRedact([expression])).toThrow(UsageError);
    expect(() => createRedact([expression])).toThrow("--redact ");
  },
);
