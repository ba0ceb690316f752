import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";

const NEEDS_COMMAND = new UsageError("-- needs a COMMAND after it, as in: exitsnoop -- make test");

describe("parse(): passes the words after -- to the child command unchanged:", () => {
  test.each([
    ["a word", ["true"]],
    ["words", ["make", "-j4", "test"]],
    ["words that look like options of exitsnoop", ["-x", "--json", "--pid=1", "-p", "2", "--help", "--nonsense"]],
    ["words that look like options with invalid values", ["sh", "--count", "0", "-f", "xml", "--json=1"]],
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

test("parse(): finds -- after every form of an option", () => {
  const options = { failed: true, format: "csv", pid: [7] };
  for (const line of ["-x -f csv -p 7", "-xfcsv -p7", "--failed --format=csv --pid=7", "--pid 7 --format csv -x"]) {
    const commandLine: object = parse([...line.split(" "), "--", "ls", "-l"]);
    expect(commandLine).toEqual({ parsed: options, command: ["ls", "-l"] });
  }
});

test("parse() of --name=--: takes -- as the option's value", () => {
  expect(parse(["--name=--", "-x"])).toEqual({ parsed: { name: ["--"], failed: true }, command: undefined });
});

test("parse() of -- in place of an option's value: refused, because the value is missing", () => {
  for (const option of ["-p", "--as", "--output", "-C", "-n"]) {
    expect(() => parse([option, "--", "ls"])).toThrow(UsageError);
    expect(() => parse([option, "--", "ls"])).toThrow(`${option} needs a value`);
  }
});

test("parse() of -- without a command, or with an empty one: refused", () => {
  for (const args of [["--"], ["-x", "--"], ["--", ""], ["--", "", "ls"]]) {
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(NEEDS_COMMAND);
  }
});

test("parse() of a mistake before --: refused, whatever follows --", () => {
  expect(() => parse(["--fial", "--", "ls"])).toThrow("there is no option --fial;");
  expect(() => parse(["ls", "--", "ls"])).toThrow('"ls" is neither an option nor the value of one');
});

test("parse(): returns a copy of the command and does not change its arguments", () => {
  const args = Object.freeze(["-x", "--", "ls", "-l"]);
  const { command } = parse(args);
  command!.push("-a");
  expect(args).toEqual(["-x", "--", "ls", "-l"]);
});
