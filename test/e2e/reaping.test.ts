/**
 * Children that the tracer did not start: orphans that it adopts as process 1, and siblings that
 * COMMAND creates.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { binary, fixture, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const asInit = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const quiet = ["--quiet", "--output", "/dev/null"];
const orphans = "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.1 &); done; sleep 0.6; ps -e -o stat=,comm=";

describe("exitsnoop as process 1", () => {
  test("process 1 with COMMAND: reaps orphans, returns COMMAND's status", async () => {
    const { stdout, status } = await runToEnd([...asInit, binary, ...quiet, "--", ...shell(`${orphans}; exit 7`)]);
    expect(stdout).toContain("ps");
    expect({ zombies: stdout.match(/^Z.*/gm), status }).toEqual({ zombies: null, status: 7 });
  });

  test("process 1 after COMMAND's exit: reaps orphans of its descendants", async () => {
    const { stdout, status } = await runToEnd([...asInit, binary, ...quiet, "--", ...shell(`(${orphans}) & exit 7`)]);
    expect(stdout).toContain("ps");
    expect({ zombies: stdout.match(/^Z.*/gm), status }).toEqual({ zombies: null, status: 7 });
  });

  test("process 1 without COMMAND: reaps orphans, also those that exited before its start", async () => {
    const script = `(exit 3) & (sleep 0.5; ${orphans}) & exec "$@"`;
    const { stdout, status } = await runToEnd([...asInit, ...shell(script), binary, ...quiet, "--for", "3s"]);
    expect(stdout).toContain("ps");
    expect({ zombies: stdout.match(/^Z.*/gm), status }).toEqual({ zombies: null, status: 0 });
  });
});

test("sibling of COMMAND (CLONE_PARENT): reaped and traced, COMMAND's status is returned", async () => {
  using folder = temporaryFolder();
  const command = [binary, "-j", "-o", `${folder.path}/events`, "-q", "--", fixture("sibling"), "100"];
  const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const { value } = await child.stdout.getReader().read();
  const sibling = /^ready (\d+)/.exec(new TextDecoder().decode(value))![1];
  // the sibling is reaped while COMMAND lives
  for (let i = 0; i < 200 && existsSync(`/proc/${sibling}`); i++) await Bun.sleep(50);
  expect(existsSync(`/proc/${sibling}`)).toBe(false);
  expect(child.exitCode).toBeNull();
  child.stdin.end();
  expect(await child.exited).toBe(3);
  const { events } = parseEvents(readFileSync(`${folder.path}/events`, "utf8"));
  expect(events.map(({ exit_code }) => exit_code)).toEqual([7, 3]);
});

test("sibling that outlives COMMAND: COMMAND's status is returned", async () => {
  const { status } = await runToEnd([binary, ...quiet, "--", fixture("sibling"), "400"]);
  expect(status).toBe(3);
});
