/** A wrong number of CPUs in /sys, as in a container: lost exits of all CPUs are counted. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { parseClosingLine, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** More exits than a ring buffer of 4K and a batch of records hold. */
const EXITS = 1000;
const possible = "/sys/devices/system/cpu/possible";

test.each(["0", "0-4095", "0-1000000", "nonsense"])("possible CPUs %s: every lost exit is counted", async (cpus) => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/possible`, `${cpus}\n`);
  const via = ["unshare", "--mount", ...shell(`mount --bind ${folder.path}/possible ${possible} && exec "$@"`)];
  await using batch = await SimultaneousExits.start(EXITS);
  const tracer = await Tracer.start(["--json", "--ring-size", "4K", "--pid", batch.pids.join(",")], { via });
  tracer.process.kill("SIGSTOP");
  await batch.exitAll();
  tracer.process.kill("SIGCONT");
  const { status, stderr, events, lostLines } = await tracer.end();
  expect(status).toBe(0);
  expect(lostLines).toBeGreaterThan(0);
  expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
  expect(events.length + lostLines).toBe(EXITS);
});
