/** Every feature on every kernel, as `npm run kernels` wants them: KERNELS has their names. */
import { afterAll, describe, expect, test } from "bun:test";
import { root } from "../../scripts/run.ts";
import { features } from "./features/index.ts";
import { type Outcome, runInGuest } from "./guest.ts";
import { machines } from "./machines.ts";
import type { Tried } from "./table.ts";

const AT_ONCE = 2;
const wanted = process.env.KERNELS?.split(",");
const chosen = machines.filter(({ name }) => !wanted || wanted.includes(name));
const steps = Object.assign({}, ...features.map((feature) => feature.steps));

const queue = chosen.map((machine) => ({ machine, outcome: Promise.withResolvers<Outcome>() }));
const outcomes = new Map(queue.map(({ machine, outcome }) => [machine, outcome.promise]));
for (const promise of outcomes.values()) promise.catch(() => {});
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    await runInGuest(next.machine, steps).then(next.outcome.resolve, next.outcome.reject);
  }
};
for (let i = 0; i < AT_ONCE; i++) worker();

const tried: Tried[] = [];
afterAll(async () => {
  await Bun.write(`${root}build/reports/kernels.json`, JSON.stringify(tried));
});

describe.each(chosen)("Linux $name", (machine) => {
  const results: Tried = { name: machine.name, suite: machine.suite, release: [], said: [], lacks: {} };

  test("boots", async () => {
    const outcome = await outcomes.get(machine)!;
    results.release = outcome.release;
    const version = /^\d+\.\d+/.exec(machine.name)?.[0];
    if (version) expect(outcome.release[0]).toStartWith(`${version}.`);
    const said = outcome.part("lives", "said");
    results.said = said.split("\n").filter((line) => line.startsWith("On this kernel "));
    tried.push(results);
  });

  test.each(features)("$name", async (feature) => {
    const lack = feature.check(await outcomes.get(machine)!);
    results.lacks[feature.name] = lack ?? null;
  });
});
