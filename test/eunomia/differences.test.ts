/** What ours does otherwise than ecli: both are run, so that we learn when ecli no longer does. */
import { afterAll, describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { type Difference, differences } from "./differences.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile } from "./tools.ts";

describe("in ours, and not in ecli", () => {
  for (const difference of differences) test(`${difference.program}: ${difference.ours}`, () => check(difference));

  afterAll(() => {
    console.table(differences.map(({ program, ecli, ours }) => ({ program, ecli, ours })));
  });
});

async function check({ program, calls, options, clang, edit, last, ...expected }: Difference): Promise<void> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, program, { clang, edit });
  const lines = last ? 2 * last : (expected.json?.length ?? calls);
  const { ecli, ours } = await sideBySide(path, { calls, lines, options });
  for (const form of ["plain", "json"] as const) {
    const text = expected[form] && `${expected[form].join("\n")}\n`;
    const [theirs, own] = [ecli[form].stdout, ours[form].stdout];
    if (text && last) expect(own.slice(-text.length)).toBe(text);
    else if (last) expect(reading(own, 2)).toEqual(reading(theirs, 2));
    else expect(own).toBe(text ?? theirs);
    if (text) expect(theirs).not.toContain(text);
    expect(ours[form].status, ours[form].stderr).toBe(0);
  }
}

function reading(text: string, lines: number): string[] {
  return text.split("\n").slice(0, -1).slice(-lines);
}
