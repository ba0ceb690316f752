/**
 * Runs the binary on malformed packages, with limits on time and memory, and checks the refusals.
 */
import { expect } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { binary, fixture, runToEnd, temporaryFolder } from "../../support/tracer.ts";
import type { Malformed } from "./malformed.ts";

const MAX_MS = 2000;
const MAX_KILOBYTES = 300 * 1024;
/** Matches the output of an uncaught error or of a runtime that crashed. */
const stackTrace = /\bat .*:\d+|Bun v\d|panic|\.ts\b|undefined is not|\[object|Error:|\$bunfs/;

/** Describes the faults of a refusal. Returns an empty text if there are none. */
async function faultsOf({ says, words = [], status: right = 1 }: Malformed, args: string[], report: string) {
  const command = [fixture("limited"), String(2 * MAX_MS), report, binary, "run", ...args, ...words];
  const { stdout, stderr } = await runToEnd(command);
  const [status, signal, kilobytes, ms] = readFileSync(report, "utf8").split(" ").map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const found: string[] = [];
  if (signal) found.push(`killed by signal ${signal} after ${ms} ms`);
  else if (status !== right) found.push(`status ${status}`);
  if (ms > MAX_MS) found.push(`took ${ms} ms`);
  if (kilobytes > MAX_KILOBYTES) found.push(`took ${Math.round(kilobytes / 1024)} MB`);
  if (stdout) found.push(`on stdout: ${stdout.slice(0, 200)}`);
  if (!/^exitsnoop: [\x20-\x7e\u00a1-\uffff]+\n$/.test(stderr)) found.push("not one printable line");
  if (stackTrace.test(stderr)) found.push("shows a stack trace or internal names");
  if (stderr.length > 1000) found.push(`${stderr.length} characters`);
  if (typeof says === "string" ? !stderr.includes(says) : !says.test(stderr)) found.push(`lacks ${says}`);
  return found.length ? `${args.join(" ")}: ${found.join("; ")}: ${stderr.slice(0, 500)}` : "";
}

/** Runs each case with --inspect and without, several at a time. Returns the faults by case. */
export async function refusals(cases: readonly Malformed[], workers = 2): Promise<string[]> {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  const left = cases.entries();
  const work = async () => {
    for (const [index, malformed] of left) {
      const path = `${folder.path}/${index}`;
      const place = malformed.make(path) ?? path;
      for (const options of malformed.isLoaded ? [[]] : [["--inspect"], []]) {
        const found = await faultsOf(malformed, ["--for", "1s", ...options, place], `${path}.report`);
        if (found) wrong.push(`${malformed.name}: ${found}`);
      }
      rmSync(path, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return wrong;
}

/** @param min the number of cases, so that the test fails if a list becomes empty */
export async function expectRefusals(cases: readonly Malformed[], min: number): Promise<void> {
  expect(cases.length).toBeGreaterThanOrEqual(min);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(await refusals(cases)).toEqual([]);
}
