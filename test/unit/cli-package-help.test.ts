import { expect, test } from "bun:test";
import { packageOptionsText } from "../../src/cli/package-help.ts";
import { unsafe } from "../support/hostile-text.ts";

const program = "exitsnoop run p.json --";

test("run PACKAGE -- --help: shows the description and the options, wrapped", () => {
  const doc = { brief: "Counts system calls of every process on this machine", version: "2.0" };
  const own = [{ long: "target-pid", short: "t", value: "INT", help: "count only the calls of this process" }];
  expect(packageOptionsText(program, doc, own, 50)).toBe(`Usage: exitsnoop run p.json -- [OPTIONS]

Counts system calls of every process on this
machine
Version 2.0

Options of the package:
  -t, --target-pid INT  count only the calls of
                        this process
      --verbose         print libbpf's messages
  -h, --help            print this help
  -V, --version         print the package's
                        version
`);
});

test("run PACKAGE -- --help of a package with control characters: escaped", () => {
  const hostile = "\x1b]0;title\x07\u202e\n\r";
  const text = packageOptionsText(program, { brief: hostile }, [{ long: `a${hostile}`, help: hostile }], 80);
  expect(text.replaceAll("\n", "")).not.toMatch(unsafe);
});
