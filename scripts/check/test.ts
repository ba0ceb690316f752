/**
 * `npm test`: builds, checks types and format, runs test/unit as whoever we are and test/e2e as root, and closes with the sums
 * of the runner's own reports. `npm run test:eunomia`: test/eunomia, beside the real ecc and ecli. `npm run test:release`: makes a
 * release and tries it, test/release. test/vm is `npm run kernels`.
 */
import { mkdir, rm } from "node:fs/promises";
import { buildFixtures } from "../build/fixtures.ts";
import { root, log } from "../build/run.ts";

const bun = process.execPath;
const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];

/** Runs a command with our own output; returns whether it ended with 0. */
async function succeeds(...command: string[]): Promise<boolean> {
  return (await Bun.spawn(command, { cwd: root, stdout: "inherit", stderr: "inherit" }).exited) === 0;
}

/** Runs the tests of one folder. Returns the counts of its JUnit report, one failure where it wrote none. */
async function suite(folder: string, timeout: number, prefix: string[] = []) {
  const report = `build/reports/${folder}.xml`;
  await rm(`${root}${report}`, { force: true });
  log(`\nTests in test/${folder}`);
  const ended = await succeeds(
    ...[...prefix, bun, "test", `./test/${folder}`, `--timeout=${timeout}`],
    ...["--reporter=junit", `--reporter-outfile=${report}`],
  );
  const text = await Bun.file(`${root}${report}`)
    .text()
    .catch(() => "");
  const total = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(text)?.[1] ?? Number.NaN);
  const [tests, failures, skipped] = [total("tests"), total("failures"), total("skipped")];
  if (Number.isNaN(tests)) return { passed: 0, failed: 1, skipped: 0 };
  const failed = failures || (ended ? 0 : 1);
  return { passed: tests - failures - skipped, failed, skipped };
}

/** Builds ecli and ecc, once a machine, and names them for the tests. */
async function withTools(): Promise<string[]> {
  const build = Bun.spawn(["sh", "scripts/build/eunomia-tools.sh"], { cwd: root, stdout: "pipe", stderr: "inherit" });
  const [paths, status] = await Promise.all([build.stdout.text(), build.exited]);
  if (status !== 0) process.exit(1);
  const [ecli, ecc] = paths.split("\n");
  return [...asRoot, "env", `ECLI=${ecli}`, `ECC=${ecc}`];
}

const only = process.argv[2];
await mkdir(`${root}build/reports`, { recursive: true });
if (!(await succeeds(bun, "scripts/build/build.ts"))) process.exit(1);
await buildFixtures();

const counts: { passed: number; failed: number; skipped: number }[] = [];
if (!only) {
  for (const step of [["check"], ["fmt", "--check"]]) {
    const passed = await succeeds(bun, ...step);
    counts.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
  }
}
if (!only || only === "unit") counts.push(await suite("unit", 60_000));
if (!only || only === "e2e") counts.push(await suite("e2e", 180_000, asRoot));
if (only === "eunomia") counts.push(await suite("eunomia", 60_000, await withTools()));
if (only === "release") {
  if (!(await succeeds(bun, "scripts/release/release.ts"))) process.exit(1);
  counts.push(await suite("release", 300_000, asRoot));
}

const sum = (key: "passed" | "failed" | "skipped") => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum("skipped") ? `, ${sum("skipped")} skipped` : "";
console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
process.exit(sum("failed") || !sum("passed") ? 1 : 0);
