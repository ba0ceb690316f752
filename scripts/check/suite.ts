/** Runs folders of tests and adds up the counts of the runner's own reports. */
import { mkdir, rm } from "node:fs/promises";
import { log, root, succeeds } from "../build/run.ts";
import { type Failure, readReport, type Report } from "./junit.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Failed, and passed when they ran again. */
  unstable?: number;
}

/** More failures than these mean that something is broken, not disturbed. */
const MAX_RERUNS = 3;

/** The prefix of a command that needs root. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ["sudo"];

/** Runs the tests of a path. Returns undefined if the runner crashed. */
async function run(path: string, timeoutMs: number, prefix: readonly string[]): Promise<Report | undefined> {
  const report = `build/reports/${path.replaceAll("/", "-")}.xml`;
  await mkdir(`${root}build/reports`, { recursive: true });
  await rm(`${root}${report}`, { force: true });
  const runner = [process.execPath, "test", `./${path}`, `--timeout=${timeoutMs}`];
  const isGreen = await succeeds([...prefix, ...runner, "--reporter=junit", `--reporter-outfile=${report}`]);
  const text = await Bun.file(`${root}${report}`)
    .text()
    .catch(() => "");
  const result = readReport(text);
  // such as an error outside of a test
  if (result && !isGreen && !result.failures.length) return undefined;
  return result;
}

/** Prints each failure again: the end of a log is what its reader sees first. */
function logFailures(failures: readonly Failure[]): void {
  for (const { file, name, text } of failures) log(`\n${file}: ${name}\n${text}`);
}

/**
 * Runs a folder or a file of tests.
 * @param prefix what the command line of the test runner begins with: sudo, env.
 * @param isLive for tests of the live kernel, which other work of the machine can disturb: a few
 *   files with failures run once more, and what passes then is counted as unstable.
 * @returns one failure if there is no report, because the runner crashed.
 */
export async function runSuite(
  path: string,
  timeoutMs: number,
  prefix: readonly string[] = [],
  isLive = false,
): Promise<Counts> {
  log(`\nTests in ${path}`);
  const report = await run(path, timeoutMs, prefix);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const { failures, passed, skipped } = report;
  logFailures(failures);
  const files = new Set(failures.map(({ file }) => file));
  if (!isLive || !files.size || failures.length > MAX_RERUNS) return { passed, failed: failures.length, skipped };
  let failed = 0;
  for (const file of files) {
    log(`\nAgain: ${file}`);
    const again = await run(file, timeoutMs, prefix);
    logFailures(again?.failures ?? []);
    failed += again ? again.failures.length : 1;
  }
  const unstable = Math.max(0, failures.length - failed);
  return { passed: passed + unstable, failed, skipped, unstable };
}

/** Prints `N passed, N failed` and ends this process: with 1 if a test failed, or if none ran. */
export function endWith(parts: readonly Counts[]): never {
  const sum = (key: keyof Counts) => parts.reduce((total, counts) => total + (counts[key] ?? 0), 0);
  const skipped = sum("skipped") ? `, ${sum("skipped")} skipped` : "";
  const unstable = sum("unstable") ? `, ${sum("unstable")} passed only when run again` : "";
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}${unstable}`);
  process.exit(sum("failed") || !sum("passed") ? 1 : 0);
}
