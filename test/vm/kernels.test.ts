/** Runs every feature on every kernel, or on those in KERNELS, with commas between. */
import { afterAll, describe, expect, test } from "bun:test";
import { root } from "../../scripts/build/run.ts";
import type { Feature } from "./features/feature.ts";
import { features } from "./features/index.ts";
import { type Outcome, runInVm } from "./vm.ts";
import { type Machine, machines } from "./machines.ts";
import type { KernelResult } from "./table.ts";

const MAX_RUNNING_VMS = 2;
const wanted = process.env.KERNELS?.split(",");
const chosen = machines.filter(({ name }) => !wanted || wanted.includes(name));
/** The features of each boot: most share one VM, some need one of their own. */
const boots = [
  features.filter(({ isAlone }) => !isAlone),
  ...features.filter(({ isAlone }) => isAlone).map((one) => [one]),
];

const queue = chosen.flatMap((machine) =>
  boots.map((tested) => ({ machine, features: tested, outcome: Promise.withResolvers<Outcome>() })),
);
const vms = [...queue];
for (const { outcome } of vms) outcome.promise.catch(() => {});
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const steps = Object.assign({}, ...next.features.map((feature) => feature.steps));
    const label = next.features.length === 1 ? Object.keys(steps)[0]!.replaceAll(" ", "-") : "together";
    await runInVm(next.machine, steps, { label }).then(next.outcome.resolve, next.outcome.reject);
  }
};
for (let i = 0; i < MAX_RUNNING_VMS; i++) worker();

function outcomeOf(machine: Machine, feature: Feature): Promise<Outcome> {
  return vms.find((vm) => vm.machine === machine && vm.features.includes(feature))!.outcome.promise;
}

const allResults: KernelResult[] = [];
afterAll(async () => {
  await Bun.write(`${root}build/reports/kernels.json`, JSON.stringify(allResults));
});

describe.each(chosen)("Linux $name", (machine) => {
  const results: KernelResult = {
    ...{ name: machine.name, suite: machine.suite },
    ...{ release: [], reported: [], limitations: {} },
  };

  test("boots with the expected version", async () => {
    const outcome = await outcomeOf(machine, features[0]!);
    results.release = outcome.release;
    const version = /^\d+\.\d+/.exec(machine.name)?.[0];
    if (version) expect(outcome.release[0]).toStartWith(`${version}.`);
    const stderr = outcome.part("resource usage", "stderr");
    results.reported = stderr.split("\n").filter((line) => line.startsWith("On this kernel "));
    allResults.push(results);
  });

  test.each(features)("$name", async (feature) => {
    const limitation = feature.check(await outcomeOf(machine, feature));
    results.limitations[feature.name] = limitation ?? null;
  });
});
