/** Full speed: what the machine can kill, we can print. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { parseClosingLine, fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

test("100,000 vfork/_exit at full speed, default ring, to a file: all printed, none lost", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "exits.json");
  const tracer = await Tracer.start(["--json"], { stdout: file });
  const driver = await runToEnd([fixture("exit-statuses"), "burst", "100000"]);
  const { stderr, status } = await tracer.end();
  expect({ driver: driver.status, tracer: status }).toEqual({ driver: 0, tracer: 0 });

  const { events, lostLines } = parseEvents(await Bun.file(file).text());
  const { seen, lost } = parseClosingLine(stderr);
  expect({ lost, lostLines }).toEqual({ lost: 0, lostLines: 0 });
  expect(events.length).toBe(seen);

  const children = events.filter((event) => event.ppid === driver.pid);
  expect(children.length).toBe(100_000);
  // in the order of their deaths: the parent waited for each before the next
  children.forEach(({ exit_code }, i) => {
    if (exit_code !== i % 256) throw new Error(`exit ${i} has code ${exit_code}`);
  });
});
