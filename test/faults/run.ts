/**
 * `npm run faults [-- --fuzz SECONDS]`: runs test/faults as root, which injects faults, and the
 * unit tests with more random values than `npm test`. Each fuzzer runs for 20 seconds or as given.
 */
import { mkdir } from "node:fs/promises";
import { buildFixtures } from "../../scripts/build/fixtures.ts";
import { log, root, succeeds } from "../../scripts/build/run.ts";
import { asRoot, type Counts, endWith, runSuite } from "../../scripts/check/suite.ts";

/** How many times the random values of `npm test` the unit tests get. */
const REPEATS = 20;

const [option, value] = process.argv.slice(2);
if (option !== undefined && (option !== "--fuzz" || !/^\d+$/.test(value ?? ""))) {
  log("usage: npm run faults -- [--fuzz SECONDS]");
  process.exit(2);
}
const fuzz = value ?? "20";
const seed = String(Date.now() % 2 ** 31);

/** Runs a folder or a file of tests with the variables of this run. */
async function tests(path: string, prefix: readonly string[] = []): Promise<Counts> {
  const variables = [`FAULTS_SEED=${seed}`, `FAULTS_FUZZ=${fuzz}`, `FAULTS_MORE=${REPEATS}`];
  return runSuite(path, 300_000, [...prefix, "env", ...variables]);
}

await mkdir(`${root}build/faults`, { recursive: true });
if (!(await succeeds([process.execPath, "scripts/build/build.ts"]))) process.exit(1);
await buildFixtures();

const started = performance.now();
const parts: [what: string, counts: Counts][] = [
  ["unit tests with more random values", await tests("test/unit")],
  ["system calls that fail", await tests("test/faults/syscalls.test.ts", asRoot)],
  ["functions of libbpf and the core that fail", await tests("test/faults/functions.test.ts", asRoot)],
  ["failures during a trace", await tests("test/faults/running.test.ts", asRoot)],
  ["records of every length", await tests("test/faults/records.test.ts", asRoot)],
  ["the native core with sanitizers and fuzzers", await tests("test/faults/sanitized.test.ts", asRoot)],
];

console.log(
  `\nSeed ${seed}, ${Math.round((performance.now() - started) / 1000)} s; docs/dev/faults.md says what was made to fail`,
);
for (const [what, { passed, failed }] of parts) console.log(`  ${what}: ${passed} passed, ${failed} failed`);
endWith(parts.map(([, counts]) => counts));
