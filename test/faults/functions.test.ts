/**
 * Each function behind the FFI, and each of libbpf's that those call, fails at each of its calls, as it would say so: the same as of
 * system calls must hold.
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
/** Calls that follow each other without end stand for the rest. */
const MOST_OF_A_FUNCTION = 6;

const { main } = await buildFaultyCore();
const before = await bpfIds();
const all = await scenarios();

let runs = 0;

async function run(args: string[], name: string, which: number, errno: number, via?: string[]) {
  const file = `build/faults/functions-${runs++}`;
  process.env.EXITSNOOP_FAULT = `${root}${file} ${name} ${which} ${errno}`;
  // where the launcher hides /tmp, the file must be found from the project's folder
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

/** In all scenarios. */
const tried = new Set<string>();

async function sweep({ name, args, essence, via, group }: Scenario) {
  const { outcome: sound, calls } = await run(args, "-", 0, 0, via);
  if (sound.wrong.length || !calls.length) throw new Error(`${name}: ${sound.wrong} ${sound.stderr}`);
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  const faults = [...counts].flatMap(([call, count], index) =>
    Array.from({ length: Math.min(count, MOST_OF_A_FUNCTION) }, (_, i) => ({
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
      const verdict = judge({ ...outcome, failed }, sound, essence);
      const word = typeof verdict === "string" ? verdict : "wrong";
      verdicts[word] = (verdicts[word] ?? 0) + 1;
      if (typeof verdict !== "string") wrong.push(`${call} ${which}: ${verdict.wrong}: ${said(outcome)}`);
    }
  };
  await Promise.all([work(), work()]);
  console.log(`  ${name}: ${[...counts.keys()].length} functions, ${JSON.stringify(verdicts)}`);
  return wrong;
}

const said = ({ stdout, stderr }: Outcome) => (stderr + stdout).slice(0, 700);

beforeAll(() => {
  expect(all.length).toBeGreaterThan(3);
});

describe("each function fails once", () => {
  test.each(all.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    expect(await sweep(scenario)).toEqual([]);
  });

  test("and no BPF object is left", async () => {
    expect(await bpfLeft(before)).toEqual([]);
  });
});
