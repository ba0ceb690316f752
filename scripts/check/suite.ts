/** Runs folders of tests and adds up the counts of the runner's own reports. */
import { mkdir, rm } from "node:fs/promises";
import { log, root, succeeds } from "../build/run.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The prefix of a command that needs root. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ["sudo"];

/**
 * Runs a folder or a file of tests and reads the JUnit report.
 * @param prefix what the command line of the test runner begins with: sudo, env.
 * @returns one failure if there is no report, because the runner crashed.
 */
export async function runSuite(path: string, timeoutMs: number, prefix: readonly string[] = []): Promise<Counts> {
  const report = `build/reports/${path.replaceAll("/", "-")}.xml`;
  await mkdir(`${root}build/reports`, { recursive: true });
  await rm(`${root}${report}`, { force: true });
  log(`\nTests in ${path}`);
  const runner = [process.execPath, "test", `./${path}`, `--timeout=${timeoutMs}`];
  const isGreen = await succeeds([...prefix, ...runner, "--reporter=junit", `--reporter-outfile=${report}`]);
  const text = await Bun.file(`${root}${report}`)
    .text()
    .catch(() => "");
  const total = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(text)?.[1] ?? Number.NaN);
  const [tests, failures, skipped] = [total("tests"), total("failures"), total("skipped")];
  if (Number.isNaN(tests)) return { passed: 0, failed: 1, skipped: 0 };
  return { passed: tests - failures - skipped, failed: failures || (isGreen ? 0 : 1), skipped };
}

/** Prints `N passed, N failed` and ends this process: with 1 if a test failed, or if none ran. */
export function endWith(parts: readonly Counts[]): never {
  const sum = (key: keyof Counts) => parts.reduce((total, counts) => total + counts[key], 0);
  const skipped = sum("skipped") ? `, ${sum("skipped")} skipped` : "";
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  process.exit(sum("failed") || !sum("passed") ? 1 : 0);
}
