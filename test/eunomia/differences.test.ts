/**
 * The intended differences between ecli and exitsnoop. Both run, so that a test fails when ecli no
 * longer differs.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { type Difference, differences } from "../support/eunomia/differences.ts";
import { lastLines, sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile } from "../support/eunomia/tools.ts";

describe("exitsnoop differs from ecli", () => {
  test.each(differences)("$program: ecli $ecli; exitsnoop $exitsnoop", check);

  afterAll(() => {
    console.table(differences.map(({ program, ecli, exitsnoop }) => ({ program, ecli, exitsnoop })));
  });
});

async function check({ program, calls, options, clang, edit, last, ...expected }: Difference): Promise<void> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, program, { clang, edit });
  const lines = last ? 2 * last : (expected.json?.length ?? calls);
  const { ecli, exitsnoop } = await sideBySide(path, { calls, lines, options });
  for (const form of ["plain", "json"] as const) {
    const text = expected[form] && `${expected[form].join("\n")}\n`;
    const [theirs, own] = [ecli[form].stdout, exitsnoop[form].stdout];
    if (text && last) expect(own.slice(-text.length)).toBe(text);
    else if (last) expect(lastLines(own, 2)).toEqual(lastLines(theirs, 2));
    else expect(own).toBe(text ?? theirs);
    if (text) expect(theirs).not.toContain(text);
    expect(exitsnoop[form].status, exitsnoop[form].stderr).toBe(0);
  }
}
