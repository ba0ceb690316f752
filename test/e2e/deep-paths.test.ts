/** Paths of executables and working directories with many components. */
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

interface Paths {
  exe: string | null;
  cwd: string | null;
}

/** Runs a copy of true(1), in its folder, that many folders below another one. */
async function pathsAt(folder: string, depth: number): Promise<{ shown: Paths; expected: Paths }> {
  const cwd = join(folder, ...Array.from({ length: depth }, (_, i) => `${i}`));
  const exe = join(cwd, "copy");
  mkdirSync(cwd, { recursive: true });
  copyFileSync("/bin/true", exe);
  const tracer = await Tracer.start(["-j", "-C", "pid,exe,cwd"]);
  const { pid } = await runToEnd([exe], { cwd });
  const { events } = await tracer.end();
  const { exe: shownExe, cwd: shownCwd } = events.find((event) => event.pid === pid) as unknown as Paths;
  return { shown: { exe: shownExe, cwd: shownCwd }, expected: { exe, cwd } };
}

test("a path of 40 folders and those of /tmp: shown as a whole", async () => {
  using folder = temporaryFolder();
  const { shown, expected } = await pathsAt(folder.path, 40);
  expect(shown).toEqual(expected);
});

test.each([49, 60, 100])("a path of %d folders and those of /tmp: null, and no part of it is shown", async (depth) => {
  using folder = temporaryFolder();
  const { shown } = await pathsAt(folder.path, depth);
  expect(shown).toEqual({ exe: null, cwd: null });
});
