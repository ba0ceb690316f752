import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { type Fields, line, formatOptions } from "../support/fake-exit.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";
import { Random } from "../support/random.ts";
import { shellWords } from "../support/real-shell.ts";

const csv = createFormat("csv", formatOptions({ columns: ["pid", "args", "args_truncated"] }));

/** Returns the field of the arguments as a CSV parser reads it. */
function field(args: Fields["args"], isCut = false): string {
  const [[pid, text, isTruncated, ...others] = []] = parseCsv(`${line(csv, { args, isCut })}\n`);
  expect([pid, isTruncated, ...others]).toEqual(["42050", String(isCut)]);
  return text!;
}

test("arguments of any bytes in CSV: a shell reads a parsed field as the arguments", () => {
  const random = new Random(12);
  // no argument contains a NUL
  const texts = [...hostileSample()].filter((bytes) => !bytes.includes(0));
  const commands = Array.from({ length: 800 }, () => [
    Buffer.from("sh"),
    ...Array.from({ length: random.below(5) }, () => Buffer.from(random.oneOf(texts))),
  ]);
  const lines = commands.map((args) => field(args));
  for (const text of lines) expect(text).not.toMatch(unsafe);
  const read = shellWords("bash", lines).map((words) => words.map((word) => word.toHex()));
  expect(read).toEqual(commands.map((args) => args.map((word) => word.toString("hex"))));
});

describe("arguments in CSV: one field,", () => {
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
  ])("quoted for a shell, then for CSV: %j", (args, text) => {
    expect(line(csv, { args })).toBe(`42050,${text},false`);
  });

  test("truncated arguments: args_truncated true", () => {
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
  ])("a word that a spreadsheet would evaluate: preceded by an apostrophe: %s", (word, text) => {
    expect(field([word])).toBe(text);
  });

  test("a word in quotes, which no spreadsheet evaluates: no further apostrophe", () => {
    expect(field(["=1 + 1"])).toBe("'=1 + 1'");
    expect(field(["\t=1"])).toBe("$'\\t=1'");
  });
});
