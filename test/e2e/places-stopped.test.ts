/** Stopped under load, as by a debugger, a job control shell or a frozen cgroup: what the ring cannot hold meanwhile is counted. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { crowd, expectAll } from "../support/places.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** A minute is what one would call long; it is as much the same after three seconds. */
const SECONDS = process.env.EXITSNOOP_LONG === "1" ? 60 : 3;
const CROWD = 100_000 * SECONDS;
const lossTold =
  /^exitsnoop: \d+ exits? lost: the ring buffer \(\d+ bytes\) was full; a larger --ring-size, a filter \(-x, -p\) or a faster reader helps$/m;

test.each([[[]], [["--json", "--wide"]]])(`%j, for ${SECONDS} s`, async (options) => {
  using folder = temporaryFolder();
  const dying = crowd(CROWD);
  const tracer = await Tracer.start([...options, "--ppid", `${dying.pid}`], { stdout: join(folder.path, "exits") });
  await dying.go();
  await Bun.sleep(500);
  tracer.process.kill("SIGSTOP");
  await Bun.sleep(1000 * SECONDS);
  tracer.process.kill("SIGCONT");
  await dying.ended;
  const { status, stderr } = await tracer.end();
  expect(status).toBe(0);
  const { seen, lost } = expectAll(stderr, CROWD);
  expect(lost).toBeGreaterThan(0);
  expect(seen).toBeGreaterThan(1000);
  expect(stderr).toMatch(lossTold);
});

test("one who dies after it goes on is told with its own time, not with the one before the stop", async () => {
  const tracer = await Tracer.start(["--json", "--ppid", `${process.pid}`]);
  await runToEnd([fixture("rename"), "6265666f7265", "1"]);
  await Bun.sleep(100);
  tracer.process.kill("SIGSTOP");
  const during = await runToEnd([fixture("rename"), "647572696e67", "2"]);
  const diedBefore = Date.now();
  await Bun.sleep(1000 * SECONDS);
  tracer.process.kill("SIGCONT");
  const { events } = await tracer.end();
  const event = events.find(({ pid }) => pid === during.pid)!;
  expect(event).toMatchObject({ comm: "during", exit_code: 2 });
  expect(diedBefore - Date.parse(event.time)).toBeWithin(-2, 500);
});
