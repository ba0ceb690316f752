/** Exits at the highest rate that one parent can cause. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { parseClosingLine, fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

test("100,000 vfork()/_exit() without pauses, default ring, output to a file: prints all exits and loses none", async () => {
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
  // in exit order: the parent waits for each child before it starts the next
  children.forEach(({ exit_code }, i) => {
    if (exit_code !== i % 256) throw new Error(`exit ${i} has code ${exit_code}`);
  });
});
