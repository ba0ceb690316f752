import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";

const NEEDS_COMMAND = new UsageError("-- needs a COMMAND after it, as in: exitsnoop -- make test");

describe("what stands behind -- is the command, untouched,", () => {
  test.each([
    ["a word", ["true"]],
    ["words", ["make", "-j4", "test"]],
    ["what looks like our options", ["-x", "--json", "--pid=1", "-p", "2", "--help", "--nonsense"]],
    ["what looks like our options with bad values", ["sh", "--count", "0", "-f", "xml", "--json=1"]],
    ["another --", ["env", "--", "ls", "--", "-l"]],
    ["-- itself", ["--", "ls"]],
    ["- itself", ["-"]],
    ["empty words", ["sh", "-c", "", ""]],
    ["spaces, quotes and line feeds", ["sh", "-c", "echo 'a b'\n\"$x\"", " ", "\t"]],
    ["names that every JavaScript object has", ["--__proto__", "constructor"]],
    ["text of any language", ["größe", "漢字", "🦀", "\u202e"]],
  ])("%s", (_, command) => {
    expect(parse(["--", ...command])).toEqual({ parsed: {}, command });
    expect(parse(["-x", "-p", "1", "--", ...command])).toEqual({ parsed: { failed: true, pid: [1] }, command });
  });

  test("a thousand words", () => {
    const command = Array.from({ length: 1000 }, (_, i) => (i % 2 ? `-${i}` : `--${i}=${i}`));
    expect(parse(["-j", "--", ...command])).toEqual({ parsed: { json: true }, command });
  });
});

test("-- is found behind every form of an option", () => {
  const options = { failed: true, format: "csv", pid: [7] };
  for (const line of ["-x -f csv -p 7", "-xfcsv -p7", "--failed --format=csv --pid=7", "--pid 7 --format csv -x"]) {
    const commandLine: object = parse([...line.split(" "), "--", "ls", "-l"]);
    expect(commandLine).toEqual({ parsed: options, command: ["ls", "-l"] });
  }
});

test("-- that is a value of its own is no terminator", () => {
  expect(parse(["--name=--", "-x"])).toEqual({ parsed: { name: ["--"], failed: true }, command: undefined });
});

test("-- that stands where a value is missing is not taken for it", () => {
  for (const option of ["-p", "--as", "--output", "-C", "-n"]) {
    expect(() => parse([option, "--", "ls"])).toThrow(UsageError);
    expect(() => parse([option, "--", "ls"])).toThrow(`${option} needs a value`);
  }
});

test("-- without a command is refused, and so is an empty one", () => {
  for (const args of [["--"], ["-x", "--"], ["--", ""], ["--", "", "ls"]]) {
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(NEEDS_COMMAND);
  }
});

test("a mistake before -- is told, whatever the command is", () => {
  expect(() => parse(["--fial", "--", "ls"])).toThrow("there is no option --fial;");
  expect(() => parse(["ls", "--", "ls"])).toThrow('"ls" is neither an option nor the value of one');
});

test("the command is a copy: the arguments are left as they were", () => {
  const args = Object.freeze(["-x", "--", "ls", "-l"]);
  const { command } = parse(args);
  command!.push("-a");
  expect(args).toEqual(["-x", "--", "ls", "-l"]);
});
