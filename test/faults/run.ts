/**
 * `npm run faults`: makes fail what can fail, and looks at what then happens: test/faults as root, and the properties of test/unit/properties
 * on other random values, and more of them, than `npm test` has. `-- --fuzz SECONDS`: so long for each fuzzer, by default 20.
 */
import { mkdir, rm } from "node:fs/promises";
import { buildFixtures } from "../../scripts/build/fixtures.ts";
import { root, log } from "../../scripts/build/run.ts";

const bun = process.execPath;
const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
/** A property that is tried 100 times in `npm test` is tried so many times as often here. */
const MORE = 20;

const [option, value] = process.argv.slice(2);
if (option !== undefined && (option !== "--fuzz" || !/^\d+$/.test(value ?? ""))) {
  log("usage: npm run faults -- [--fuzz SECONDS]");
  process.exit(2);
}
const fuzz = value ?? "20";
const seed = String(Date.now() % 2 ** 31);

async function succeeds(command: string[]): Promise<boolean> {
  return (await Bun.spawn(command, { cwd: root, stdout: "inherit", stderr: "inherit" }).exited) === 0;
}

interface Counts {
  passed: number;
  failed: number;
}

/** @param suite a folder or a file. Returns the counts of its JUnit report, one failure where it wrote none. */
async function tests(suite: string, environment: Record<string, string>, prefix: string[] = []): Promise<Counts> {
  const report = `build/reports/${suite.replaceAll("/", "-")}.xml`;
  await rm(root + report, { force: true });
  log(`\nTests in ${suite}`);
  const variables = Object.entries(environment).map(([name, text]) => `${name}=${text}`);
  const ended = await succeeds([
    ...[...prefix, "env", ...variables, bun, "test", `./${suite}`, "--timeout=300000"],
    ...["--reporter=junit", `--reporter-outfile=${report}`],
  ]);
  const text = await Bun.file(root + report)
    .text()
    .catch(() => "");
  const total = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(text)?.[1] ?? Number.NaN);
  const [all, failures] = [total("tests"), total("failures")];
  if (Number.isNaN(all)) return { passed: 0, failed: 1 };
  return { passed: all - failures, failed: failures || (ended ? 0 : 1) };
}

await mkdir(`${root}build/reports`, { recursive: true });
await mkdir(`${root}build/faults`, { recursive: true });
if (!(await succeeds([bun, "scripts/build/build.ts"]))) process.exit(1);
await buildFixtures();

const environment = { FAULTS_SEED: seed, FAULTS_FUZZ: fuzz, FAULTS_MORE: String(MORE) };
const started = performance.now();
const parts: [what: string, counts: Counts][] = [
  ["properties of what parses in TypeScript", await tests("test/unit/properties", environment)],
  ["system calls that fail", await tests("test/faults/syscalls.test.ts", environment, asRoot)],
  ["libbpf's functions that fail", await tests("test/faults/functions.test.ts", environment, asRoot)],
  ["while it traces", await tests("test/faults/running.test.ts", environment, asRoot)],
  ["records of every length", await tests("test/faults/records.test.ts", environment, asRoot)],
  ["the native core with sanitizers and fuzzers", await tests("test/faults/sanitized.test.ts", environment, asRoot)],
];

console.log(
  `\nSeed ${seed}, ${Math.round((performance.now() - started) / 1000)} s; docs/faults.md says what was made to fail`,
);
for (const [what, { passed, failed }] of parts) console.log(`  ${what}: ${passed} passed, ${failed} failed`);
const sum = (key: keyof Counts) => parts.reduce((total, [, counts]) => total + counts[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(sum("failed") || !sum("passed") ? 1 : 0);
