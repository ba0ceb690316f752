/** Packages for which ecli and exitsnoop print equal bytes, except the time of day. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile } from "../support/eunomia/tools.ts";

describe("ecli and exitsnoop print equal lines", () => {
  // with this many calls, each program prints all its values
  test.each([
    ["integers", 66],
    ["booleans", 4],
    ["characters", 4],
    ["enumerations", 8],
    ["floats", 12],
    ["arrays", 4],
    ["text", 4],
    ["nested", 4],
    ["pointers", 4],
    ["aliases", 4],
    ["long-names", 11],
    ["perf-buffer", 5],
    ["last-map", 3],
    ["long-records", 4],
    ["iterators", 4],
    ["kernel-functions", 4],
    ["wide-tunables", 2],
  ] as const)("%s: one line for each of %d calls", (program, calls) => check(program, calls, calls));

  test.each(["raw-tracepoints", "uprobes"])("%s: two lines for each of 4 calls", (program) => check(program, 4, 8));

  test("no-export: no output, and status 0", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "no-export");
    const { ecli, exitsnoop } = await sideBySide(path, { lines: 0 });
    for (const { status, stdout } of [ecli.plain, ecli.json, exitsnoop.plain, exitsnoop.json]) {
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    }
  });
});

async function check(program: string, calls: number, lines: number): Promise<void> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, program);
  const { ecli, exitsnoop } = await sideBySide(path, { calls, lines });
  expect(ecli.json.stdout.split("\n")).toHaveLength(lines + 1);
  expect(exitsnoop.json.stdout, exitsnoop.json.stderr).toBe(ecli.json.stdout);
  expect(exitsnoop.plain.stdout, exitsnoop.plain.stderr).toBe(ecli.plain.stdout);
  expect([exitsnoop.json.status, exitsnoop.plain.status]).toEqual([0, 0]);
}
