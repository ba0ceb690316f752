/** A process has a number in each PID namespace that sees it: which is which, and what a tracer in one of them makes of it. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { binary, type ExitEvent, fixture, readJson, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** What a process of test/fixtures/namespaces.c knew of itself, and `pid`, as whoever ran the fixture sees it. */
interface Truth {
  level: number;
  exit_code: number;
  pid: number;
  ns_pid: number;
}

type NamedEvent = ExitEvent & { ns_pid: number; local_pid: number | null };

const COLUMNS = ["--json", "--columns", "pid,ppid,comm,exit_code,ns_pid,local_pid"];
const depth = "3";
/** In a PID namespace of its own, two deep, with a /proc that tells of it. */
const elsewhere = ["unshare", "--pid", "--fork", "--mount-proc"];
const deeper = [...elsewhere, ...elsewhere];

const truths = (stdout: string): Truth[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
const eventsOf = (file: string) => readJson(readFileSync(file, "utf8")).events as NamedEvent[];

test("from the host: both are told for every level", async () => {
  const tracer = await Tracer.start([...COLUMNS, "--name", "namespaces"]);
  const { stdout } = await runToEnd([fixture("namespaces"), depth]);
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  const truth = truths(stdout);
  expect(new Set(truth.map(({ level }) => level))).toEqual(new Set([0, 1, 2, 3]));
  // some numbers must differ, or the test shows nothing
  expect(truth.filter(({ pid, ns_pid }) => pid !== ns_pid).length).toBeGreaterThan(10);
  const told = new Map((events as NamedEvent[]).map((event) => [event.pid, event]));
  expect(truth.map(({ pid }) => told.get(pid))).toMatchObject(
    truth.map(({ pid, ns_pid, exit_code }) => ({ pid, ns_pid, local_pid: pid, exit_code })),
  );
});

describe.each([
  ["one namespace deep", elsewhere],
  ["two deep", deeper],
])("from %s, without the host's", (_, via) => {
  test("a command is followed; its pids are the host's, and those of the tracer's namespace beside them", async () => {
    using folder = temporaryFolder();
    const host = await Tracer.start([...COLUMNS, "--name", "namespaces"]);
    const file = `${folder.path}/events`;
    const inside = [...via, binary, ...COLUMNS, "--output", file];
    const { stdout, stderr, status } = await runToEnd([...inside, "--", fixture("namespaces"), depth]);
    const { events: all } = await host.end();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^Tracing [^\n]+ and its descendants, Ctrl-C to end\n\d+ exits, 0 lost\n$/),
    });
    const events = eventsOf(file);
    const truth = truths(stdout);
    // the command itself besides
    expect(events.length).toBe(truth.length + 1);
    const told = new Map(events.map((event) => [event.local_pid, event]));
    expect(truth.map(({ pid }) => told.get(pid))).toMatchObject(
      truth.map(({ pid, ns_pid, exit_code }) => ({ local_pid: pid, ns_pid, exit_code })),
    );
    // and `pid` is what a tracer on the host calls them
    const onHost = new Map((all as NamedEvent[]).map((event) => [event.pid, event]));
    expect(events.map(({ pid }) => onHost.get(pid))).toMatchObject(
      events.map(({ pid, ns_pid, exit_code }) => ({ pid, ns_pid, exit_code, local_pid: pid })),
    );
  });

  test("who is not seen there has no number there", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await Tracer.start([...COLUMNS, "--output", file, "--name", "rename", "--count", "1"], { via });
    const { pid } = await runToEnd([fixture("rename"), "72656e616d65", "5"]);
    await tracer.end(null);
    expect(eventsOf(file)).toMatchObject([{ pid, ns_pid: pid, local_pid: null, exit_code: 5 }]);
  });
});
