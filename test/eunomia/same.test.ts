/** Packages for which ecli and exitsnoop print equal bytes, except the time of day. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile } from "./tools.ts";

/** Programs that make one event of each call, and how many calls show all that they have. */
const programs: Record<string, number> = {
  integers: 66,
  booleans: 4,
  characters: 4,
  enumerations: 8,
  floats: 12,
  arrays: 4,
  text: 4,
  nested: 4,
  pointers: 4,
  aliases: 4,
  "long-names": 11,
  "perf-buffer": 5,
  "last-map": 3,
  "long-records": 4,
  iterators: 4,
  "kernel-functions": 4,
  "wide-tunables": 2,
};

/** Programs that make two events of each call. */
const doubled = ["raw-tracepoints", "user-probes"];

describe("ecli and exitsnoop print equal lines", () => {
  for (const [name, calls] of Object.entries(programs)) test(name, () => check(name, calls, calls));
  for (const name of doubled) test(name, () => check(name, 4, 8));

  test("a program that exports nothing", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "no-export");
    const { ecli, ours } = await sideBySide(path, { lines: 0 });
    for (const { status, stdout } of [ecli.plain, ecli.json, ours.plain, ours.json]) {
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    }
  });
});

async function check(name: string, calls: number, lines: number): Promise<void> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, name);
  const { ecli, ours } = await sideBySide(path, { calls, lines });
  expect(ecli.json.stdout.split("\n")).toHaveLength(lines + 1);
  expect(ours.json.stdout, ours.json.stderr).toBe(ecli.json.stdout);
  expect(ours.plain.stdout, ours.plain.stderr).toBe(ecli.plain.stdout);
  expect([ours.json.status, ours.plain.status]).toEqual([0, 0]);
}
