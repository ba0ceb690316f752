import { expect, spyOn, test } from "bun:test";
import { dirname, join } from "node:path";
import { UsageError } from "../../src/errors.ts";
import { Redaction } from "../../src/text/redact.ts";

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
  expect(new Redaction(expressions).redact(words(line))).toEqual(words(expected));
});

test("redact: an argument with blanks, and an empty one", () => {
  expect(new Redaction(["secret words"]).redact(["a", "my secret words here", ""])).toEqual([
    "a",
    "my [redacted] here",
    "",
  ]);
});

test("redact: what is beyond the searched length is replaced altogether", () => {
  const [first, second, third] = new Redaction(["x+y"]).redact(["a".repeat(16_380), "bbbbbbb", "c"]);
  expect(first!.length).toBe(16_380);
  expect([second, third]).toEqual(["[redacted]", "[redacted]"]);
});

test("redact: a secret of which only the start is within the searched length is replaced as a whole", () => {
  const args = ["a".repeat(16_370), `key=${"s".repeat(32)}`, "c"];
  expect(new Redaction([String.raw`key=(\w{32})`]).redact(args)).toEqual([args[0]!, "[redacted]", "[redacted]"]);
});

test("redact: an argument whose end is missing is replaced as a whole", () => {
  const redaction = new Redaction([String.raw`key=(\w{32})`]);
  expect(redaction.redact(["app", "the key=0123"], true)).toEqual(["app", "[redacted]"]);
  expect(redaction.redact(["app", "the key=0123"])).toEqual(["app", "the key=0123"]);
  expect(redaction.redact([], true)).toEqual([]);
});

test("redact: a match that would need the missing text: only the cut argument is replaced", () => {
  const redaction = new Redaction([String.raw`--pin (\d+) --user`]);
  expect(redaction.redact(["app", "--pin", "12", "--user"], true)).toEqual([
    "app",
    "--pin",
    "[redacted]",
    "[redacted]",
  ]);
  // docs/output.md says so
  expect(redaction.redact(["app", "--pin", "12", "--use"], true)).toEqual(["app", "--pin", "12", "[redacted]"]);
});

test("redact: a search that is stopped is counted", () => {
  const redaction = new Redaction(["a.*z|a", "b"]);
  redaction.redact(["b"]);
  expect(redaction.unsearched).toBe(0);
  redaction.redact(["a".repeat(16_000)]);
  expect(redaction.unsearched).toBe(1);
});

test("redact: a search with few matches goes on if a busy machine stops the process for half a second", () => {
  let now = 0;
  const clock = spyOn(performance, "now").mockImplementation(() => (now += 500));
  try {
    const redaction = new Redaction(["key=(.)"]);
    expect(redaction.redact(["app", "key=x", "y"])).toEqual(["app", "key=[redacted]", "y"]);
    expect(redaction.unsearched).toBe(0);
    expect(redaction.redact(["key=x", "key=y", "key=z"])).toEqual(["key=[redacted]", "key=[redacted]", "[redacted]"]);
    expect(redaction.unsearched).toBe(1);
  } finally {
    clock.mockRestore();
  }
});

test("RE2: no file that a start loads without --redact imports it", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const loaded = new Set(["src/main.ts"]);
  for (const file of loaded) {
    const text = await Bun.file(`${root}${file}`).text();
    // import() and imports of types load nothing at the start
    for (const [, from] of text.matchAll(/^(?:import|export) (?!type\b)[^;"]*?from "(.+?)"/gm)) {
      expect([file, from]).not.toEqual([file, "re2js"]);
      // without the embedded files of build/, which the unit tests do without
      if (/^\..*\.ts$/.test(from!)) loaded.add(join(dirname(file), from!));
    }
  }
  expect(loaded).toContain("src/exit/exit.ts");
  expect(loaded).not.toContain("src/text/redact.ts");
});

test("redact: an expression that takes exponential time elsewhere takes linear time", () => {
  const redaction = new Redaction(["(a|a)*b", "(a+)+$x", "(.*)*z"]);
  const start = performance.now();
  redaction.redact(["a".repeat(16_000)]);
  expect(performance.now() - start).toBeLessThan(5000);
});

test("redact: an expression that looks far ahead at each character is stopped, and hides the rest", () => {
  const redaction = new Redaction(["a.*z|a"]);
  const start = performance.now();
  expect(redaction.redact(["a".repeat(16_000)])[0]).toMatch(/^(\[redacted\])+$/);
  expect(performance.now() - start).toBeLessThan(3000);
});

test.each(["(", "(?:[a-z]{1,1000}x)", "a{2000}", String.raw`(a)\1`, "(?=a)"])(
  "--redact %p: refused, with the reason",
  (expression) => {
    expect(() => new Redaction([expression])).toThrow(UsageError);
    expect(() => new Redaction([expression])).toThrow("--redact ");
  },
);
