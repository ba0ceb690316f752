/** Runs a package in exitsnoop while processes make the calls that it records. */
import { expect } from "bun:test";
import { type Form, Runner } from "./eunomia/runner.ts";
import { makeCalls } from "./eunomia/side-by-side.ts";

/**
 * Runs a package, makes `calls` calls, waits up to 5 seconds for `lines` lines and ends the run,
 * which must succeed. Returns its output.
 */
export async function runPackage(path: string, form: Form, calls: number, lines: number, options: string[] = []) {
  const runner = await Runner.start("exitsnoop", path, form, options);
  await makeCalls(calls);
  await runner.until(() => runner.lines >= lines, 5000);
  const ended = await runner.end();
  expect({ status: ended.status, stderr: ended.stderr }).toMatchObject({ status: 0 });
  return ended;
}

/** Parses text with a JSON value on each line. */
export function parseLines(text: string) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
