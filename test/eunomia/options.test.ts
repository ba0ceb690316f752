/** A package's own options: what they set, and what the help says of them. */
import { describe, expect, test } from "bun:test";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile, ecli, type Meta } from "./tools.ts";

const tunables = {
  "none given": [],
  "by their long names": [
    ...["--small=-32768", "--small-positive", "32767", "--number_of=-2147483648", "--positive=2147483647"],
    ...["--long_one=9223372036854775807", "--big=-9223372036854775808", "--big_positive=18446744073709551615"],
    ...["--process", "42", "--text", "fifteen letters", "--at-first", "10", "--started=-1"],
  ],
  "by their short names": ["-n", "7", "-L8", "-t", "two words"],
  "empty text": ["--text", ""],
};

const switches = {
  "none given": [],
  "all given": ["--plain", "--disable-on", "--enable-off", "--disable-shown", "--enable-later"],
};

/** Option names that a package's author can choose, and command lines that use them. */
const names: Record<string, [cmdargs: Record<string, unknown>, words: string[]][]> = {
  unusual: [
    [{ small: { long: "my.option" } }, ["--my.option=-5"]],
    [{ small: { long: "two words" } }, ["--two words=5"]],
    [{ small: { long: "-x" } }, ["---x=5"]],
    [{ small: { long: "" } }, ["--=5"]],
    [{ small: { long: "UPPER", short: "é" } }, ["-é5"]],
    [{ small: { long: "größe" } }, ["--größe", "5"]],
    [{ small: { long: "a/b", short: "=" } }, ["-=5"]],
    [{ small: { short: " " } }, ["- 5"]],
    [{ small: { long: "x".repeat(200) } }, [`--${"x".repeat(200)}=5`]],
    [{ small: { long: "a=b" } }, []],
  ],
  "the runner's own": [
    [{ small: { long: "help", short: "h" } }, ["--help", "5"]],
    [{ small: { long: "help", short: "h" } }, ["-h5"]],
    [{ small: { long: "version", short: "V" } }, ["-V5"]],
    [{ small: { long: "version", short: "V" } }, ["--version=5"]],
    [{ small: { long: "verbose" } }, ["--verbose"]],
  ],
  "given to two": [
    [{ small: { long: "same", default: 1 }, process: { long: "same", default: 2, short: "s" } }, ["--same=7"]],
    [{ small: { long: "same", default: 1 }, process: { long: "same", default: 2, short: "s" } }, ["-s7"]],
    [{ small: { short: "s", default: 1 }, process: { short: "s", default: 2 } }, ["-s7"]],
    [{ small: { short: "s", default: 1 }, process: { short: "s", default: 2 } }, ["--process=7"]],
    [{ small: { long: "process" } }, ["--process=7"]],
  ],
};

/** Spellings of an option and its value. */
const ways: string[][] = [
  ["--process", "+5"],
  ["--positive=+5"],
  ["--process=-0"],
  ["-n=5"],
  ["-n5"],
  ["-n=-5"],
  ["-n-5"],
  ["-n", "+5"],
  ["-t="],
  ["--text="],
  ["--text=-x"],
  ["--text", "-"],
  ["-tx=y"],
  ["--text", "größer"],
  ["--process", "5", "--"],
  ["--"],
  ["--verbose", "--process=5"],
];

describe("options in ecli and in ours", () => {
  for (const [kind, cases] of Object.entries(names)) {
    test(`option names that are ${kind}: set the values that ecli sets`, async () => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, "tunables");
      const text = await Bun.file(path).text();
      for (const [cmdargs, words] of cases) {
        const content = JSON.parse(text) as { meta: Meta };
        for (const variable of content.meta.bpf_skel.data_sections.flatMap((section) => section.variables)) {
          if (cmdargs[variable.name]) variable.cmdarg = cmdargs[variable.name];
        }
        await Bun.write(path, JSON.stringify(content));
        const { ecli, ours } = await sideBySide(path, { calls: 1, options: words, forms: ["json"] });
        expect([words, ecli.json.stdout.split("\n").length], ecli.json.stderr).toEqual([words, 2]);
        expect([words, ours.json.stdout], ours.json.stderr).toEqual([words, ecli.json.stdout]);
      }
    });
  }

  test("each spelling of an option and its value: sets the value that ecli sets", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const words of ways) {
      const { ecli, ours } = await sideBySide(path, { calls: 1, options: words, forms: ["json"] });
      expect([words, ecli.json.stdout.split("\n").length], ecli.json.stderr).toEqual([words, 2]);
      expect([words, ours.json.stdout], ours.json.stderr).toEqual([words, ecli.json.stdout]);
    }
  });

  test("--version: exitsnoop prints the package's version to stdout with status 0, ecli to stderr with 1", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const word of ["--version", "-V"]) {
      const theirs = await runToEnd(ecli([path, "--", word]));
      const own = await runToEnd([binary, "run", path, "--", word]);
      expect([theirs.status, own.status, own.stderr]).toEqual([1, 0, ""]);
      expect(own.stdout).toBe("tunables_bpf 1.2.3\n");
      expect(theirs.stderr).toContain("tunables_bpf 1.2.3");
    }
  });

  for (const [program, ways] of Object.entries({ tunables, switches })) {
    for (const [way, options] of Object.entries(ways)) {
      test(`${program}: ${way}`, async () => {
        using folder = temporaryFolder();
        const { path } = await compile(folder.path, program);
        const { ecli, ours } = await sideBySide(path, { calls: 2, options });
        expect(ecli.json.stdout.split("\n")).toHaveLength(3);
        expect(ours.json.stdout, ours.json.stderr).toBe(ecli.json.stdout);
        expect(ours.plain.stdout, ours.plain.stderr).toBe(ecli.plain.stdout);
      });
    }
  }

  test("wrong options and values: ecli and exitsnoop refuse them", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const wrong of [
      ["--small=32768"],
      ["--small-positive=-1"],
      ["--number_of=x"],
      ["--text", "sixteen letters!"],
      ["--text"],
      ["--unknown"],
      ["--zero=1"],
      ["extra"],
      ["-"],
      ["--", "extra"],
      ["--", "--"],
      ["--process", "5", "--", "--"],
      ["--process", "-5"],
      ["--process="],
      ["--process", " 5"],
      ["--process", "--"],
      ["--process=5", "--process=5"],
      ["-n5", "--number_of=5"],
      ["--positive=-1"],
      ["--process", "5_0"],
      ["--PROCESS=5"],
      ["--proces=5"],
      ["-N5"],
      ["--unknown", "--help"],
    ]) {
      const theirs = await runToEnd(ecli([path, "--", ...wrong]));
      const own = await runToEnd([binary, "run", path, "--", ...wrong]);
      expect([theirs.status, theirs.stdout]).toEqual([1, ""]);
      expect([own.status, own.stdout], own.stderr).toEqual([2, ""]);
      expect(own.stderr.split("\n")).toHaveLength(2);
    }
  });

  test("switches with a value, given twice or unknown: ecli and exitsnoop refuse them", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "switches");
    for (const wrong of [["--plain=true"], ["--plain", "true"], ["--plain", "--plain"], ["--on"], ["--enable-on"]]) {
      const theirs = await runToEnd(ecli([path, "--", ...wrong]));
      const own = await runToEnd([binary, "run", path, "--", ...wrong]);
      expect([wrong, theirs.status, theirs.stdout, own.status, own.stdout]).toEqual([wrong, 1, "", 2, ""]);
    }
  });

  test("help: what the package says, by both; ours to stdout, with status 0", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    const theirs = await runToEnd(ecli([path, "--", "--help"]));
    const own = await runToEnd([binary, "run", path, "--", "--help"]);
    expect([theirs.status, own.status, own.stderr]).toEqual([1, 0, ""]);
    for (const words of [
      ...["Tells what its options are set to.", "Each call makes one event, with the value of each option."],
      ...["--small ", "a small number", "--small-positive", "a small number without a sign", "-n, --number_of"],
      ...["-t, --text", "up to 15 characters", "--at-first", "--started"],
    ]) {
      expect(theirs.stderr).toContain(words);
      expect(own.stdout).toContain(words);
    }
  });
});
