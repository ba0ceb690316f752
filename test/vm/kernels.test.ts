/** Every feature on every kernel, as `npm run kernels` wants them: KERNELS has their names. */
import { afterAll, describe, expect, test } from "bun:test";
import { root } from "../../scripts/build/run.ts";
import type { Feature } from "./features/feature.ts";
import { features } from "./features/index.ts";
import { type Outcome, runInGuest } from "./vm.ts";
import { type Machine, machines } from "./machines.ts";
import type { Tried } from "./table.ts";

const AT_ONCE = 2;
const wanted = process.env.KERNELS?.split(",");
const chosen = machines.filter(({ name }) => !wanted || wanted.includes(name));
/** Those that are tried one after the other in one guest, and those that need one of their own. */
const boots = [
  features.filter(({ isAlone }) => !isAlone),
  ...features.filter(({ isAlone }) => isAlone).map((one) => [one]),
];

const queue = chosen.flatMap((machine) =>
  boots.map((tried) => ({ machine, tried, outcome: Promise.withResolvers<Outcome>() })),
);
const guests = [...queue];
for (const { outcome } of guests) outcome.promise.catch(() => {});
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const steps = Object.assign({}, ...next.tried.map((feature) => feature.steps));
    const called = next.tried.length === 1 ? Object.keys(steps)[0]!.replaceAll(" ", "-") : "together";
    await runInGuest(next.machine, steps, { called }).then(next.outcome.resolve, next.outcome.reject);
  }
};
for (let i = 0; i < AT_ONCE; i++) worker();

function outcomeOf(machine: Machine, feature: Feature): Promise<Outcome> {
  return guests.find((guest) => guest.machine === machine && guest.tried.includes(feature))!.outcome.promise;
}

const tried: Tried[] = [];
afterAll(async () => {
  await Bun.write(`${root}build/reports/kernels.json`, JSON.stringify(tried));
});

describe.each(chosen)("Linux $name", (machine) => {
  const results: Tried = { name: machine.name, suite: machine.suite, release: [], said: [], lacks: {} };

  test("boots", async () => {
    const outcome = await outcomeOf(machine, features[0]!);
    results.release = outcome.release;
    const version = /^\d+\.\d+/.exec(machine.name)?.[0];
    if (version) expect(outcome.release[0]).toStartWith(`${version}.`);
    const said = outcome.part("lives", "said");
    results.said = said.split("\n").filter((line) => line.startsWith("On this kernel "));
    tried.push(results);
  });

  test.each(features)("$name", async (feature) => {
    const lack = feature.check(await outcomeOf(machine, feature));
    results.lacks[feature.name] = lack ?? null;
  });
});
