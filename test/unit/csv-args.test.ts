import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { type Fields, line, lookOf } from "../support/fake-exit.ts";
import { hostileTexts, unsafe } from "../support/hostile-text.ts";
import { Random } from "../support/random.ts";
import { shellWords } from "../support/real-shell.ts";

const csv = createFormat("csv", lookOf({ columns: ["pid", "args", "args_truncated"] }));

/** The one field of the arguments, as a CSV parser reads it. */
function field(args: Fields["args"], isCut = false): string {
  const [[pid, text, cut, ...others] = []] = parseCsv(`${line(csv, { args, isCut })}\n`);
  expect([pid, cut, ...others]).toEqual(["42050", String(isCut)]);
  return text!;
}

test("a shell reads back what a CSV parser has read, whatever the bytes", () => {
  const random = new Random(12);
  // arguments end at their NULs
  const texts = [...hostileTexts()].filter((bytes, i) => !bytes.includes(0) && (bytes.length > 4 || i % 40 === 0));
  const commands = Array.from({ length: 800 }, () => [
    Buffer.from("sh"),
    ...Array.from({ length: random.below(5) }, () => Buffer.from(random.oneOf(texts))),
  ]);
  const lines = commands.map((args) => field(args));
  for (const text of lines) expect(text).not.toMatch(unsafe);
  const read = shellWords("bash", lines).map((words) => words.map((word) => word.toHex()));
  expect(read).toEqual(commands.map((args) => args.map((word) => word.toString("hex"))));
});

describe("arguments are one field,", () => {
  test.each<[string[], string]>([
    [["ls", "-l"], "ls -l"],
    [["sh", "-c", "echo $x"], "sh -c 'echo $x'"],
    [["echo", "a,b"], '"echo a,b"'],
    [["echo", 'say "hi"'], '"echo \'say ""hi""\'"'],
    [["echo", "it's"], "echo 'it'\\''s'"],
    [["echo", "a\nb"], "echo $'a\\nb'"],
    [["a", "", ""], "a '' ''"],
    [[""], "''"],
    [[], ""],
  ])("words as a shell needs them, then quoted as CSV needs it: %j", (args, text) => {
    expect(line(csv, { args })).toBe(`42050,${text},false`);
  });

  test("cut where there were more", () => {
    expect(field(new TextEncoder().encode("cc\0-o\0a b"), true)).toBe("cc -o 'a b'");
  });

  test("unknown arguments: an empty field, args_truncated true", () => {
    expect(line(csv, { args: null })).toBe("42050,,true");
  });

  test.each([
    ["-bash", "'-bash"],
    ["=1+1", "'=1+1"],
    ["+x", "'+x"],
    ["@x", "'@x"],
    ["-a,b", "'-a,b"],
  ])("behind an apostrophe where a spreadsheet would take it for a formula: %s", (word, text) => {
    expect(field([word])).toBe(text);
  });

  test("whose quotes keep a spreadsheet from taking it for a formula", () => {
    expect(field(["=1 + 1"])).toBe("'=1 + 1'");
    expect(field(["\t=1"])).toBe("$'\\t=1'");
  });
});
