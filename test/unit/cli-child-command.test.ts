import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { parseError } from "../support/parse-error.ts";

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
  expect(() => parse(["--fial", "ls"])).toThrow("there is no option --fial;");
});

describe("parse() of COMMAND without --:", () => {
  test.each([
    [["make", "-j4", "test"]],
    [["ls", "--", "-l"]],
    [["sh", "-c", "exit 3", "-x", "--help", "-h", "--pid=1", "--nonsense"]],
    [["./a b", ""]],
  ])("%j: the first word that is no option begins it, and all after it belong to it", (words) => {
    const commandLine: object = parse(["-x", "--pid", "7", ...words]);
    expect(commandLine).toEqual({ parsed: { failed: true, pid: [7] }, command: words });
    expect(parse(words)).toEqual({ parsed: {}, command: words });
  });

  test("the value of an option does not begin it", () => {
    expect(parse(["-n", "ls", "make"]).command).toEqual(["make"]);
    expect(parse(["-nls", "--output=out", "make"]).command).toEqual(["make"]);
    expect(parse(["-n", "ls"]).command).toBeUndefined();
  });

  test("a name of an option begins it: words are never compared with options", () => {
    for (const word of ["json", "pid", "failed", "time", "as", "wide", "format"]) {
      expect(parse([word], () => false).command ?? []).toEqual([word]);
    }
  });

  test("a word close to a subcommand: begins it only if it is a program, has a slash or options before it", () => {
    expect(parse(["docter"], (word) => word === "docter").command).toEqual(["docter"]);
    expect(parse(["./docter"], () => false).command).toEqual(["./docter"]);
    expect(parse(["-x", "docter"], () => false).command).toEqual(["docter"]);
    expect(() => parse(["docter"], () => false)).toThrow("did you mean doctor?");
  });

  test("a column after -C: begins it only if another option is between them, or after --", () => {
    expect(() => parse(["-C", "pid", "comm", "a", "b"])).toThrow("a list has commas: -C pid,comm;");
    expect(() => parse(["--columns=pid", "comm"])).toThrow("a list has commas: --columns pid,comm;");
    expect(parse(["-C", "pid", "-x", "comm", "a", "b"]).command).toEqual(["comm", "a", "b"]);
    expect(parse(["-C", "pid", "--", "comm", "a", "b"]).command).toEqual(["comm", "a", "b"]);
  });

  test("the command line in a message: quoted for a shell, and bounded", () => {
    expect(() => parse(["-n", "a b", "1", "$x"])).toThrow("exitsnoop -n 'a b' -- 1 '$x'");
    const words = Array.from({ length: 1000 }, () => "\x1b[2J".repeat(1000));
    expect(parseError(["1", ...words]).length).toBeLessThan(600);
  });
});

test("parse(): returns a copy of the command and does not change its arguments", () => {
  const args = Object.freeze(["-x", "--", "ls", "-l"]);
  const { command } = parse(args);
  command!.push("-a");
  expect(args).toEqual(["-x", "--", "ls", "-l"]);
});
