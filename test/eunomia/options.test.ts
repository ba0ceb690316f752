/**
 * A package's own options, which follow `--`: ecli and exitsnoop accept the same command lines, set
 * equal values, and print the help of the package.
 */
import { describe, expect, test } from "bun:test";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile, ecli, type Meta } from "../support/eunomia/tools.ts";

/** Command lines of programs/tunables.bpf.c and programs/switches.bpf.c. */
const commandLines: [program: string, title: string, options: string[]][] = [
  ["tunables", "no options", []],
  [
    "tunables",
    "long names",
    [
      ...["--small=-32768", "--small-positive", "32767", "--number_of=-2147483648", "--positive=2147483647"],
      ...["--long_one=9223372036854775807", "--big=-9223372036854775808", "--big_positive=18446744073709551615"],
      ...["--process", "42", "--text", "fifteen letters", "--at-first", "10", "--started=-1"],
    ],
  ],
  ["tunables", "short names", ["-n", "7", "-L8", "-t", "two words"]],
  ["tunables", "empty text", ["--text", ""]],
  ["switches", "no options", []],
  ["switches", "all options", ["--plain", "--disable-on", "--enable-off", "--disable-shown", "--enable-later"]],
];

/** Option names that a package's author can choose, and command lines that use them. */
const names: Record<string, [cmdargs: Record<string, unknown>, options: string[]][]> = {
  "unusual names": [
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
  "names of the runner's own options": [
    [{ small: { long: "help", short: "h" } }, ["--help", "5"]],
    [{ small: { long: "help", short: "h" } }, ["-h5"]],
    [{ small: { long: "version", short: "V" } }, ["-V5"]],
    [{ small: { long: "version", short: "V" } }, ["--version=5"]],
    [{ small: { long: "verbose" } }, ["--verbose"]],
  ],
  "one name for two options": [
    [{ small: { long: "same", default: 1 }, process: { long: "same", default: 2, short: "s" } }, ["--same=7"]],
    [{ small: { long: "same", default: 1 }, process: { long: "same", default: 2, short: "s" } }, ["-s7"]],
    [{ small: { short: "s", default: 1 }, process: { short: "s", default: 2 } }, ["-s7"]],
    [{ small: { short: "s", default: 1 }, process: { short: "s", default: 2 } }, ["--process=7"]],
    [{ small: { long: "process" } }, ["--process=7"]],
  ],
};

/** Spellings of an option and its value. */
const spellings: string[][] = [
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

/** Command lines that are wrong for programs/tunables.bpf.c. */
const wrongCommandLines: string[][] = [
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
];

/** Runs a package with options in both tools, and checks that they print one equal event. */
async function expectEqualEvent(path: string, options: string[]): Promise<void> {
  const { ecli, exitsnoop } = await sideBySide(path, { calls: 1, options, forms: ["json"] });
  expect([options, ecli.json.stdout.split("\n").length], ecli.json.stderr).toEqual([options, 2]);
  expect([options, exitsnoop.json.stdout], exitsnoop.json.stderr).toEqual([options, ecli.json.stdout]);
}

/** Runs both tools with options of a package. */
async function runBoth(path: string, options: string[]) {
  return {
    theirs: await runToEnd(ecli([path, "--", ...options])),
    own: await runToEnd([binary, "run", path, "--", ...options]),
  };
}

describe("a package's options", () => {
  test.each(Object.entries(names))("%s: ecli and exitsnoop set equal values", async (_, cases) => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    const text = await Bun.file(path).text();
    for (const [cmdargs, options] of cases) {
      const content = JSON.parse(text) as { meta: Meta };
      for (const variable of content.meta.bpf_skel.data_sections.flatMap((section) => section.variables)) {
        if (cmdargs[variable.name]) variable.cmdarg = cmdargs[variable.name];
      }
      await Bun.write(path, JSON.stringify(content));
      await expectEqualEvent(path, options);
    }
  });

  test("every spelling of an option and its value: ecli and exitsnoop set equal values", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const options of spellings) await expectEqualEvent(path, options);
  });

  test.each(commandLines)(
    "%s, %s: ecli and exitsnoop print equal values in both forms",
    async (program, _, options) => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, program);
      const { ecli, exitsnoop } = await sideBySide(path, { calls: 2, options });
      expect(ecli.json.stdout.split("\n")).toHaveLength(3);
      expect(exitsnoop.json.stdout, exitsnoop.json.stderr).toBe(ecli.json.stdout);
      expect(exitsnoop.plain.stdout, exitsnoop.plain.stderr).toBe(ecli.plain.stdout);
    },
  );

  test("wrong options and values: ecli refuses them with status 1, exitsnoop with one message and 2", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const wrong of wrongCommandLines) {
      const { theirs, own } = await runBoth(path, wrong);
      expect([wrong, theirs.status, theirs.stdout]).toEqual([wrong, 1, ""]);
      expect([wrong, own.status, own.stdout], own.stderr).toEqual([wrong, 2, ""]);
      expect(own.stderr.split("\n")).toHaveLength(2);
    }
  });

  test("switches with a value, given twice or unknown: ecli refuses them with status 1, exitsnoop with 2", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "switches");
    for (const wrong of [["--plain=true"], ["--plain", "true"], ["--plain", "--plain"], ["--on"], ["--enable-on"]]) {
      const { theirs, own } = await runBoth(path, wrong);
      expect([wrong, theirs.status, theirs.stdout, own.status, own.stdout]).toEqual([wrong, 1, "", 2, ""]);
    }
  });

  test("--version: exitsnoop prints the package's version to stdout with status 0, ecli to stderr with 1", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    for (const option of ["--version", "-V"]) {
      const { theirs, own } = await runBoth(path, [option]);
      expect([theirs.status, own.status, own.stderr]).toEqual([1, 0, ""]);
      expect(own.stdout).toBe("tunables_bpf 1.2.3\n");
      expect(theirs.stderr).toContain("tunables_bpf 1.2.3");
    }
  });

  test("--help: exitsnoop prints the package's texts to stdout with status 0, ecli to stderr with 1", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "tunables");
    const { theirs, own } = await runBoth(path, ["--help"]);
    expect([theirs.status, own.status, own.stderr]).toEqual([1, 0, ""]);
    for (const text of [
      ...["Prints the values of its options.", "Each call makes one event, with the value of each option."],
      ...["--small ", "a small number", "--small-positive", "a small number without a sign", "-n, --number_of"],
      ...["-t, --text", "up to 15 characters", "--at-first", "--started"],
    ]) {
      expect(theirs.stderr).toContain(text);
      expect(own.stdout).toContain(text);
    }
  });
});
