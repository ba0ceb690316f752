/** Machines whose number of CPUs is told wrong, as by whoever mounts his own files there: what was lost is counted on all of them. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { Herd } from "../support/herd.ts";
import { closingLine, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** More than a ring of 4K and a batch hold together. */
const CROWD = 1000;
const possible = "/sys/devices/system/cpu/possible";

test.each(["0", "0-4095", "0-1000000", "nonsense"])("/sys says %s", async (told) => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/possible`, `${told}\n`);
  const via = ["unshare", "--mount", ...shell(`mount --bind ${folder.path}/possible ${possible} && exec "$@"`)];
  await using herd = await Herd.raise(CROWD);
  const tracer = await Tracer.start(["--json", "--ring-size", "4K", "--pid", herd.pids.join(",")], { via });
  tracer.process.kill("SIGSTOP");
  await herd.die();
  tracer.process.kill("SIGCONT");
  const { status, stderr, events, lostLines } = await tracer.end();
  expect(status).toBe(0);
  expect(lostLines).toBeGreaterThan(0);
  expect(closingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
  expect(events.length + lostLines).toBe(CROWD);
});
