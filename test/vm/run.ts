/**
 * `npm run kernels`: tests every feature on every kernel of test/vm/machines.ts, in emulation, and
 * writes docs/kernels.md if all tests pass. `npm run kernels -- 5.10 6.1-arm64` tests these kernels
 * only, and writes nothing.
 */
import { mkdir, rm } from "node:fs/promises";
import { features } from "./features/index.ts";
import { fixtures } from "./vm.ts";
import { type Machine, machines, prepare } from "./machines.ts";
import { describeKernels, type KernelResult } from "./table.ts";
import { buildFixtures } from "../../scripts/build/fixtures.ts";
import { log, root, succeeds } from "../../scripts/build/run.ts";
import { host } from "../../scripts/build/target.ts";

/** A VM takes some minutes and waits for those before it. */
const MAX_TEST_MS = 3_600_000;

const names = process.argv.slice(2);
const wanted = names.length ? names.map(find) : [...machines];

function find(name: string): Machine {
  const machine = machines.find((one) => one.name === name);
  if (machine) return machine;
  log(`unknown kernel ${name}: there are ${machines.map((one) => one.name).join(", ")}`);
  process.exit(2);
}

for (const target of new Set(wanted.map((one) => one.target))) {
  const options = target === host ? [] : ["--target", target.name];
  if (!(await succeeds([process.execPath, "scripts/build/build.ts", ...options]))) process.exit(1);
  await buildFixtures(target, fixtures);
}
await prepare(wanted);

const report = `${root}build/reports/kernels.json`;
await mkdir(`${root}build/reports`, { recursive: true });
await rm(report, { force: true });
log(`\nLinux ${wanted.map((one) => one.name).join(", ")}: some minutes, two at a time`);
const isRight = await succeeds([process.execPath, "test", "./test/vm", `--timeout=${MAX_TEST_MS}`], {
  KERNELS: wanted.map((one) => one.name).join(","),
});
if (!isRight) process.exit(1);
if (!names.length) {
  const results = (await Bun.file(report).json()) as KernelResult[];
  const text = describeKernels(
    results,
    features.map(({ name }) => name),
  );
  await Bun.write(`${root}docs/kernels.md`, text);
  log("Wrote docs/kernels.md");
}
