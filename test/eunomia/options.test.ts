/** A package's own options: what they set, and what the help says of them. */
import { describe, expect, test } from "bun:test";
import { binary, runToEnd, temporaryFolder } from "../e2e/tracer.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile, ecli } from "./tools.ts";

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

describe("options in ecli and in ours", () => {
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

  test("what both refuse", async () => {
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
      ["stray"],
    ]) {
      const theirs = await runToEnd(ecli([path, "--", ...wrong]));
      const own = await runToEnd([binary, "run", path, "--", ...wrong]);
      expect([theirs.status, theirs.stdout]).toEqual([1, ""]);
      expect([own.status, own.stdout], own.stderr).toEqual([2, ""]);
      expect(own.stderr.split("\n")).toHaveLength(2);
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
