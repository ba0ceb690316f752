/**
 * `npm run kernels`: every feature on every kernel of test/vm/machines.ts, in emulation; writes docs/kernels.md if all is right.
 * `npm run kernels -- 5.10 6.1-arm64`: only on these, and writes nothing.
 */
import { mkdir, rm } from "node:fs/promises";
import { features } from "./features/index.ts";
import { fixtures } from "./vm.ts";
import { type Machine, machines, prepare } from "./machines.ts";
import { describeKernels, type Tried } from "./table.ts";
import { buildFixtures } from "../../scripts/build/fixtures.ts";
import { root, log } from "../../scripts/build/run.ts";
import { host } from "../../scripts/build/target.ts";

/** A kernel's guest takes some minutes, and waits for those before it, ms. */
const PATIENCE = 3_600_000;

const names = process.argv.slice(2);
const wanted = names.length ? names.map(find) : [...machines];

function find(name: string): Machine {
  const machine = machines.find((one) => one.name === name);
  if (machine) return machine;
  log(`unknown kernel ${name}: there are ${machines.map((one) => one.name).join(", ")}`);
  process.exit(2);
}

async function succeeds(command: string[], more: Record<string, string> = {}): Promise<boolean> {
  const env = { ...process.env, ...more };
  return (await Bun.spawn(command, { cwd: root, env, stdout: "inherit", stderr: "inherit" }).exited) === 0;
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
const isRight = await succeeds([process.execPath, "test", "./test/vm", `--timeout=${PATIENCE}`], {
  // said in so many words: what is set in process.env is not handed down
  KERNELS: wanted.map((one) => one.name).join(","),
});
if (!isRight) process.exit(1);
if (!names.length) {
  const tried = (await Bun.file(report).json()) as Tried[];
  const text = describeKernels(
    tried,
    features.map(({ name }) => name),
  );
  await Bun.write(`${root}docs/kernels.md`, text);
  log("Wrote docs/kernels.md");
}
