/**
 * Makes each function behind the FFI, and each function of libbpf that these call, fail at each of
 * its calls, and judges the outcome as syscalls.test.ts does.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { buildFaultyCore } from "./core.ts";
import { bpfIds, bpfLeft } from "./bpf-left.ts";
import { type Outcome, runFailing } from "./run-failing.ts";
import { scenarios } from "./scenarios.ts";
import { judge, type Scenario } from "./sweep.ts";

const root = new URL("../..", import.meta.url).pathname;
const { ENOMEM, EPERM, EINVAL } = constants.errno;
const errnos = [EINVAL, ENOMEM, EPERM];
/** The first calls stand for all calls of a function. */
const MAX_CALLS_OF_A_FUNCTION = 6;

const { main } = await buildFaultyCore();
const before = await bpfIds();
const all = await scenarios();

let runs = 0;

async function run(args: string[], name: string, which: number, errno: number, via?: string[]) {
  const file = `build/faults/functions-${runs++}`;
  // a relative path, because the launcher hides /tmp
  process.env.EXITSNOOP_FAULT = `${file} ${name} ${which} ${errno}`;
  const running = runFailing([main, ...args], undefined, { program: "node_modules/.bin/bun", via });
  delete process.env.EXITSNOOP_FAULT;
  const outcome = await running;
  const calls = existsSync(root + file)
    ? readFileSync(root + file, "utf8")
        .split("\n")
        .slice(0, -1)
    : [];
  rmSync(root + file, { force: true });
  return { outcome, calls };
}

/** The faults of all scenarios so far. */
const tried = new Set<string>();

async function sweep({ name, args, essence, via, group }: Scenario) {
  const { outcome: faultless, calls } = await run(args, "-", 0, 0, via);
  if (faultless.wrong.length || !calls.length) throw new Error(`${name}: ${faultless.wrong} ${faultless.stderr}`);
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  const faults = [...counts].flatMap(([call, count], index) =>
    Array.from({ length: Math.min(count, MAX_CALLS_OF_A_FUNCTION) }, (_, i) => ({
      call,
      which: i + 1,
      errno: errnos[(index + i) % errnos.length]!,
    })),
  );
  const verdicts: Record<string, number> = {};
  const wrong: string[] = [];
  const queue = faults.filter(({ call, which }) => tried.size !== tried.add(`${group} ${call} ${which}`).size).values();
  const work = async () => {
    for (const { call, which, errno } of queue) {
      const { outcome, calls: made } = await run(args, call, which, errno, via);
      const failed = made.filter((one) => one === call).length >= which ? 1 : 0;
      const verdict = judge({ ...outcome, failed }, faultless, essence);
      const word = typeof verdict === "string" ? verdict : "wrong";
      verdicts[word] = (verdicts[word] ?? 0) + 1;
      if (typeof verdict !== "string") wrong.push(`${call} ${which}: ${verdict.wrong}: ${messagesOf(outcome)}`);
    }
  };
  await Promise.all([work(), work()]);
  console.log(`  ${name}: ${[...counts.keys()].length} functions, ${JSON.stringify(verdicts)}`);
  return wrong;
}

const messagesOf = ({ stdout, stderr }: Outcome) => (stderr + stdout).slice(0, 700);

beforeAll(() => {
  expect(all.length).toBeGreaterThan(3);
});

describe("a function that fails once: an error message or the same output", () => {
  test.each(all.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    expect(await sweep(scenario)).toEqual([]);
  });

  test("no BPF object is leaked", async () => {
    expect(await bpfLeft(before)).toEqual([]);
  });
});
