/**
 * A tracer that is stopped under load, as by a debugger, job control or a frozen cgroup: exits that
 * exceed the ring buffer are counted as lost.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { expectAllCounted, prepareBurst } from "../support/environments.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** The duration of a stop. Three seconds overflow the ring buffer as well as a minute does. */
const SECONDS = process.env.EXITSNOOP_LONG === "1" ? 60 : 3;
const EXITS = 100_000 * SECONDS;
const lossWarning =
  /^exitsnoop: \d+ exits? lost: the ring buffer \(\d+ bytes\) was full; use a larger --ring-size or a filter \(-x, -p\), or read the output faster$/m;

test.each([[[]], [["--json", "--wide"]]])(
  `SIGSTOP under load for ${SECONDS} s, options %j: every exit is printed or counted as lost`,
  async (options) => {
    using folder = temporaryFolder();
    const burst = prepareBurst(EXITS);
    const tracer = await Tracer.start([...options, "--ppid", `${burst.pid}`], { stdout: join(folder.path, "exits") });
    await burst.go();
    await Bun.sleep(500);
    tracer.process.kill("SIGSTOP");
    await Bun.sleep(1000 * SECONDS);
    tracer.process.kill("SIGCONT");
    await burst.ended;
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    const { seen, lost } = expectAllCounted(stderr, EXITS);
    expect(lost).toBeGreaterThan(0);
    expect(seen).toBeGreaterThan(1000);
    expect(stderr).toMatch(lossWarning);
  },
);

test("exit of a process during a stop: the record has its own time", async () => {
  const tracer = await Tracer.start(["--json", "--ppid", `${process.pid}`]);
  await runToEnd([fixture("rename"), "6265666f7265", "1"]);
  await Bun.sleep(100);
  tracer.process.kill("SIGSTOP");
  const during = await runToEnd([fixture("rename"), "647572696e67", "2"]);
  const exitedBefore = Date.now();
  await Bun.sleep(1000 * SECONDS);
  tracer.process.kill("SIGCONT");
  const { events } = await tracer.end();
  const event = events.find(({ pid }) => pid === during.pid)!;
  expect(event).toMatchObject({ comm: "during", exit_code: 2 });
  expect(exitedBefore - Date.parse(event.time)).toBeWithin(-2, 500);
});
