/**
 * Runs the native core with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: on the
 * tracer's calls, with each system call failing once, and on mutated and random input.
 */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildDrivers } from "./native.ts";
import { runToEnd } from "../support/tracer.ts";
import { Random } from "../support/random.ts";
import { runFailing } from "./run-failing.ts";
import { crashScenarios } from "./crash-scenarios.ts";
import { mutant, passes, root, validObjects } from "./objects.ts";
import { sweep } from "./sweep.ts";
import { stackTrace } from "./stack-trace.ts";

const folder = "build/faults";
/** The time of each fuzzer. */
const seconds = Number(process.env.FAULTS_FUZZ ?? 20);
// with room for building the drivers, and for the inputs that a fuzzer found in earlier runs
setDefaultTimeout((seconds + 600) * 1000);
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 2 ** 31);
const inNetworkNamespace = ["unshare", "--net"];

let program: (name: string) => string;
let objects: string[];

beforeAll(async () => {
  for (const name of ["objects", "objects-packages", "found", "passed"]) {
    rmSync(`${root}${folder}/${name}`, { recursive: true, force: true });
  }
  program = await buildDrivers();
  objects = await validObjects(`${folder}/objects`);
  console.log(`  seed ${seed}`);
});

describe("driver", () => {
  test("the driver runs all valid objects without leaks", async () => {
    const wrong: string[] = [];
    for (const object of objects) {
      const {
        wrong: left,
        status,
        stdout,
        stderr,
      } = await runFailing([object], undefined, {
        program: program("driver"),
        via: inNetworkNamespace,
      });
      if (left.length || status !== 0 || stackTrace.test(stderr))
        wrong.push(`${object}: ${left} ${status} ${stdout} ${stderr}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(["recorder", "several-types", "perf-event", "tc"])("%s: each system call fails once", async (name) => {
    const { tried, verdicts, wrong } = await sweep({
      name,
      args: [`${folder}/objects/${name}.bpf.o`],
      program: program("driver"),
      via: inNetworkNamespace,
      group: "driver",
      // the calls of LeakSanitizer, and the driver's last output
      except: /^(child (openat \/proc\/#\/task|getdents|wait)|write stdout)/,
      isLasting: false,
      essence: ({ stdout }) => stdout,
    });
    console.log(`  driver, ${name}: ${tried} faults: ${JSON.stringify(verdicts)}`);
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(0);
  });
});

/** Runs a fuzzer. Returns the paths of the inputs that crash, hang or exhaust memory. */
async function fuzz(name: string, corpus: string, maxLength: number) {
  const found = `${folder}/found/${name}`;
  const grown = `${folder}/grown/${name}`;
  for (const path of [found, grown]) mkdirSync(root + path, { recursive: true });
  const command = [
    ...[program(name), `-max_total_time=${seconds}`, `-max_len=${maxLength}`, `-seed=${seed}`, "-rss_limit_mb=2000"],
    ...["-timeout=10", "-fork=1", "-ignore_crashes=1", "-ignore_ooms=1", "-ignore_timeouts=1"],
    ...[`-artifact_prefix=${found}/`, grown, corpus],
  ];
  const { stderr } = await runToEnd(command, { cwd: root });
  const [last] = stderr
    .split("\n")
    .filter((line) => /^#\d+: cov/.test(line))
    .slice(-1);
  console.log(`  ${name}, ${seconds} s: ${last ?? stderr.slice(-300)}`);
  expect(last).toBeString();
  return readdirSync(root + found).map((file) => `${found}/${file}`);
}

describe("mutated and random input", () => {
  test("fuzz-records: records of every length fit into batches of every size", async () => {
    const corpus = "test/faults/corpus/records";
    expect(await fuzz("fuzz-records", corpus, 4096)).toEqual([]);
  });

  test("fuzz-container-files: a name that is found in any file has only the characters of names", async () => {
    const corpus = "test/faults/corpus/container-files";
    expect(await fuzz("fuzz-container-files", corpus, 20_000)).toEqual([]);
  });

  test("fuzz-journal: a record that the journal writer passes has fields of exitsnoop only", async () => {
    expect(await fuzz("fuzz-journal", "test/faults/corpus/journal", 4096)).toEqual([]);
  });

  test("fuzz-crash: unwinding survives every ELF file, and ends within bounds", async () => {
    const corpus = `${folder}/crashes`;
    mkdirSync(root + corpus, { recursive: true });
    const files = [`${root}build/fixtures/crash`, `${root}build/fixtures/exit-32`, `${root}build/launcher`];
    for (const [i, seeded] of crashScenarios(files, new Random(seed)).entries()) {
      writeFileSync(`${root}${corpus}/${i}`, seeded);
    }
    expect(await fuzz("fuzz-crash", corpus, 200_000)).toEqual([]);
  });

  test("fuzz-opener: the broker answers every message with a program, or refuses it", async () => {
    const corpus = `${folder}/requests`;
    mkdirSync(root + corpus, { recursive: true });
    const paths = ["/bin/true", "/usr//bin/./env", "/usr/bin/../bin/env", "/etc/passwd", "/", `/${"a".repeat(300)}`];
    for (const [i, path] of paths.entries()) writeFileSync(`${root}${corpus}/${i}`, `\x01${path}`);
    writeFileSync(`${root}${corpus}/message`, new Uint8Array(20_500).fill(3, 1, 2));
    expect(await fuzz("fuzz-opener", corpus, 30_000)).toEqual([]);
  });

  test("fuzz-object: libbpf and libelf survive every object that checkObject() accepts", async () => {
    const found = await fuzz("fuzz-object", `${folder}/objects`, 200_000);
    const refused = found.filter((file) => !passes(readFileSync(root + file)));
    if (refused.length) console.log(`  fuzz-object: ${refused.length} findings in objects that checkObject() refuses`);
    expect(found.filter((file) => !refused.includes(file))).toEqual([]);
  });

  test("mutants of valid objects: checkObject() refuses them, or libbpf survives them", async () => {
    const random = new Random(seed);
    const passed = `${folder}/passed`;
    mkdirSync(root + passed, { recursive: true });
    const valid = objects.map((path) => readFileSync(root + path));
    const until = performance.now() + (seconds * 1000) / 2;
    let [made, kept] = [0, 0];
    while (performance.now() < until) {
      const bytes = mutant(valid[random.below(valid.length)]!, random);
      made++;
      if (passes(bytes)) writeFileSync(`${root}${passed}/${kept++}`, bytes);
      if (kept === 5000) break;
    }
    const { status, stderr } = await runToEnd([program("fuzz-object"), "-runs=0", "-rss_limit_mb=2000", passed], {
      cwd: root,
    });
    console.log(`  mutants: ${made}, of which checkObject() accepts ${kept}`);
    expect(stderr.slice(-3000)).not.toMatch(/ERROR|Sanitizer|runtime error:/);
    expect(status).toBe(0);
    expect(kept).toBeGreaterThan(10);
  });

  test("inputs that crashed in the past no longer do", async () => {
    for (const [name, kept] of [
      ["fuzz-records", "test/faults/corpus/records"],
      ["fuzz-object", "test/faults/corpus/objects"],
    ] as const) {
      const files = readdirSync(root + kept).map((file) => `${kept}/${file}`);
      const { status, stderr } = await runToEnd([program(name), ...files], { cwd: root });
      expect(stderr).not.toMatch(/ERROR|Sanitizer|runtime error:/);
      expect(status).toBe(0);
    }
  });
});
