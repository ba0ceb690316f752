/**
 * The native core with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: on the tracer's way, with each system call
 * failing once, and on bytes that somebody made up.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildDrivers } from "./native.ts";
import { runToEnd } from "../support/tracer.ts";
import { Random } from "../support/random.ts";
import { runFailing } from "./run-failing.ts";
import { mutant, passes, root, soundObjects } from "./objects.ts";
import { sweep } from "./sweep.ts";
import { stackTrace } from "./stack-trace.ts";

const folder = "build/faults";
/** For each fuzzer: `npm run faults -- --fuzz SECONDS`. */
const seconds = Number(process.env.FAULTS_FUZZ ?? 20);
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 2 ** 31);
const inItsOwnNetwork = ["unshare", "--net"];

let program: (name: string) => string;
let objects: string[];

beforeAll(async () => {
  for (const name of ["objects", "objects-packages", "found", "passed"]) {
    rmSync(`${root}${folder}/${name}`, { recursive: true, force: true });
  }
  program = await buildDrivers();
  objects = await soundObjects(`${folder}/objects`);
  console.log(`  seed ${seed}`);
}, 180_000);

describe("the driver", () => {
  test("takes all objects, and nothing is left of any", async () => {
    const wrong: string[] = [];
    for (const object of objects) {
      const {
        wrong: left,
        status,
        stdout,
        stderr,
      } = await runFailing([object], undefined, {
        program: program("driver"),
        via: inItsOwnNetwork,
      });
      if (left.length || status !== 0 || stackTrace.test(stderr))
        wrong.push(`${object}: ${left} ${status} ${stdout} ${stderr}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(["recorder", "several-types", "samples", "traffic-control"])("%s: each call fails once", async (name) => {
    const { tried, verdicts, wrong } = await sweep({
      name,
      args: [`${folder}/objects/${name}.bpf.o`],
      program: program("driver"),
      via: inItsOwnNetwork,
      group: "driver",
      // LeakSanitizer's own; and what the driver says at the end
      except: /^(child (openat \/proc\/#\/task|getdents|wait)|write stdout)/,
      isLasting: false,
      essence: ({ stdout }) => stdout,
    });
    console.log(`  driver, ${name}: ${tried} faults: ${JSON.stringify(verdicts)}`);
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(0);
  });
});

/** Runs a fuzzer for the time. Returns what it found, as files, and its own words. */
async function fuzz(name: string, corpus: string, longest: number) {
  const found = `${folder}/found/${name}`;
  const grown = `${folder}/grown/${name}`;
  for (const path of [found, grown]) mkdirSync(root + path, { recursive: true });
  const command = [
    ...[program(name), `-max_total_time=${seconds}`, `-max_len=${longest}`, `-seed=${seed}`, "-rss_limit_mb=2000"],
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

describe("bytes that somebody made up", () => {
  test("records of every length, into batches of every size", async () => {
    const corpus = "test/faults/corpus/records";
    expect(await fuzz("fuzz-records", corpus, 4096)).toEqual([]);
  }, 600_000);

  test("objects: libbpf and libelf live through all that our checks let pass", async () => {
    const found = await fuzz("fuzz-object", `${folder}/objects`, 200_000);
    const refused = found.filter((file) => !passes(readFileSync(root + file)));
    if (refused.length) console.log(`  fuzz-object: ${refused.length} objects that only libbpf alone would have taken`);
    expect(found.filter((file) => !refused.includes(file))).toEqual([]);
  }, 600_000);

  test("objects with some bytes changed: our checks refuse them, or libbpf lives through them", async () => {
    const random = new Random(seed);
    const passed = `${folder}/passed`;
    mkdirSync(root + passed, { recursive: true });
    const sound = objects.map((path) => readFileSync(root + path));
    const until = performance.now() + (seconds * 1000) / 2;
    let [made, kept] = [0, 0];
    while (performance.now() < until) {
      const bytes = mutant(sound[random.below(sound.length)]!, random);
      made++;
      if (passes(bytes)) writeFileSync(`${root}${passed}/${kept++}`, bytes);
      if (kept === 5000) break;
    }
    const { status, stderr } = await runToEnd([program("fuzz-object"), "-runs=0", "-rss_limit_mb=2000", passed], {
      cwd: root,
    });
    console.log(`  objects with changed bytes: ${made}, of which our checks let pass ${kept}`);
    expect(stderr.slice(-3000)).not.toMatch(/ERROR|Sanitizer|runtime error:/);
    expect(status).toBe(0);
    expect(kept).toBeGreaterThan(10);
  }, 600_000);

  test("what was found before", async () => {
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
