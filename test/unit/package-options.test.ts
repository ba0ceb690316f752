/**
 * The arguments after `--` are parsed as ecli 0.2.9 does. test/eunomia/options.test.ts compares
 * with ecli itself.
 */
import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { parsePackageOptions, reachableOptions, unreachableWarnings } from "../../src/cli/package-options.ts";
import type { PackageOption } from "../../src/eunomia/package-option.ts";

const valued = (long: string, short?: string): PackageOption => ({
  long,
  value: "VALUE",
  help: `help of ${long}`,
  ...(short && { short }),
});
const flag = (long: string): PackageOption => ({ long, help: `help of ${long}` });

/** Returns the values by long name, or `help` or `version` if the words request that. */
function read(own: PackageOption[], ...words: string[]): unknown {
  const request = parsePackageOptions("run p --", own, words);
  if (request.kind !== "run") return request.kind;
  const texts = Object.fromEntries([...request.texts].map(([{ long }, text]) => [long, text]));
  return request.isVerbose ? { ...texts, isVerbose: true } : texts;
}

const usual = [valued("pid", "p"), valued("name"), flag("enable-x")];

describe("parsePackageOptions: reads the arguments after `--`", () => {
  test.each<[words: string[], result: unknown]>([
    [[], {}],
    [["--"], {}],
    [["--pid", "5"], { pid: "5" }],
    [["--pid=5"], { pid: "5" }],
    [["--pid=-5"], { pid: "-5" }],
    [["--pid="], { pid: "" }],
    [["--pid", ""], { pid: "" }],
    [["--pid", "-"], { pid: "-" }],
    [["--pid=a=b"], { pid: "a=b" }],
    [["-p", "5"], { pid: "5" }],
    [["-p5"], { pid: "5" }],
    [["-p=5"], { pid: "5" }],
    [["-p==5"], { pid: "=5" }],
    [["-p="], { pid: "" }],
    [["-p-5"], { pid: "-5" }],
    [["-p", "+5"], { pid: "+5" }],
    [["-ph"], { pid: "h" }],
    [["--pid", "5", "--enable-x", "--name", "größer", "--"], { pid: "5", "enable-x": true, name: "größer" }],
    [["--verbose"], { isVerbose: true }],
    [["-h"], "help"],
    [["--help"], "help"],
    [["-hp5"], "help"],
    [["--pid", "5", "-h", "--nonsense"], "help"],
    [["-V"], "version"],
    [["--version", "--nonsense"], "version"],
  ])("%j: %j", (words, result) => {
    expect(read(usual, ...words)).toEqual(result);
  });
});

describe("parsePackageOptions: names the wrong option in its error", () => {
  test.each<[words: string[], message: string]>([
    [["--pid"], "--pid needs a value"],
    [["--pid", "-5"], "--pid=-5 if it begins with -"],
    [["-p", "-5"], "-p-5 if it begins with -"],
    [["--pid", "--"], "--pid needs a value"],
    [["--pid", "5", "--pid", "5"], "--pid is given twice"],
    [["-p5", "--pid=6"], "--pid is given twice"],
    [["--enable-x", "--enable-x"], "--enable-x is given twice"],
    [["--enable-x=true"], '--enable-x takes no value; leave "=true" out'],
    [["--help=1"], "--help takes no value"],
    [["--enable-x", "true"], '"true" is neither'],
    [["x"], '"x" is neither'],
    [["-"], '"-" is neither'],
    [["--", "x"], '"x" is neither'],
    [["--", "--"], '"--" is neither'],
    [["--pidd=5"], "no option --pidd; did you mean --pid?"],
    [["--PID=5"], "no option --PID; did you mean --pid?"],
    [["-P5"], "no option -P"],
    [["--zzz\x1b[2J"], "no option $'--zzz\\x1b[2J'; run p -- --help lists all"],
    [["--nonsense", "--help"], "no option --nonsense"],
  ])("%j: %s", (words, message) => {
    expect(() => parsePackageOptions("run p --", usual, words)).toThrow(UsageError);
    expect(() => parsePackageOptions("run p --", usual, words)).toThrow(message);
  });
});

describe("parsePackageOptions: reads options with unusual names", () => {
  test.each<[long: string, words: string[], short: string | undefined]>([
    ["my.option", ["--my.option", "5"], undefined],
    ["two words", ["--two words=5"], undefined],
    ["-x", ["---x=5"], undefined],
    ["", ["--=5"], undefined],
    ["UPPER", ["--UPPER=5"], undefined],
    ["größe", ["-é5"], "é"],
    ["größe", ["--größe=5"], "é"],
    ["a=b", ["-=5"], "="],
    ["a/b", ["- 5"], " "],
    ["😀", ["-😀5"], "😀"],
    ["x".repeat(200), [`--${"x".repeat(200)}=5`], undefined],
    ["__proto__", ["--__proto__=5"], undefined],
    ["help", ["--help", "5"], "h"],
    ["help", ["-h5"], "h"],
    ["version", ["--version=5"], "V"],
  ])("%j: set by %j", (long, words, short) => {
    const option = valued(long, short);
    const request = parsePackageOptions("run p --", [option], words);
    expect(request.kind === "run" && request.texts.get(option)).toBe("5");
  });

  test("--verbose sets the package's own switch and that of the runner", () => {
    expect(read([flag("verbose")], "--verbose")).toEqual({ verbose: true, isVerbose: true });
    expect(read([flag("verbose")])).toEqual({});
    expect(unreachableWarnings([flag("verbose")])).toEqual([]);
  });

  test("-h is the package's own option if it has one; --help still shows the help", () => {
    expect(read([valued("host", "h")], "--help")).toBe("help");
    expect(read([valued("host", "h")], "-h", "x")).toEqual({ host: "x" });
  });
});

describe("two options of a package with one name", () => {
  const twice = [valued("same"), valued("same", "s"), valued("other", "s")];

  test("the shared name sets the first option, another name the second", () => {
    const long = parsePackageOptions("run p --", twice, ["--same=1"]);
    const short = parsePackageOptions("run p --", twice, ["-s1"]);
    expect(long.kind === "run" && [...long.texts.keys()]).toEqual([twice[0]!]);
    expect(short.kind === "run" && [...short.texts.keys()]).toEqual([twice[1]!]);
  });

  test("a warning names the way to set the second option", () => {
    expect(unreachableWarnings(twice)).toEqual([
      '--same cannot be given for "help of same": another option has that name and goes first; give it as -s',
      '-s cannot be given for "help of other": another option has that name and goes first; give it as --other',
    ]);
    expect(unreachableWarnings([valued("verbose"), valued("a=b")])).toEqual([
      '--verbose cannot be given for "help of verbose": another option has that name and goes first; its value stays as it is',
      '--a=b cannot be given for "help of a=b": a name ends at the first =; its value stays as it is',
    ]);
    expect(unreachableWarnings([...usual, valued("help", "h")])).toEqual([]);
  });

  test("the help lists each option by the names that set it", () => {
    const names = reachableOptions([...twice, valued("verbose"), valued("help", "h")]).map(({ long, short }) => [
      long,
      short,
    ]);
    expect(names).toEqual([
      ["same", undefined],
      ["", "s"],
      ["other", undefined],
      ["help", "h"],
      ["verbose", undefined],
      ["version", "V"],
    ]);
  });
});
