/** Pids of processes in nested PID namespaces, for tracers on the host and in a namespace. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { binary, type ExitEvent, fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** A line of test/fixtures/namespaces.c: `pid` is the number in the namespace of its caller. */
interface Truth {
  level: number;
  exit_code: number;
  pid: number;
  ns_pid: number;
}

type NamedEvent = ExitEvent & { ns_pid: number; local_pid: number | null };

const COLUMNS = ["--json", "--columns", "pid,ppid,comm,exit_code,ns_pid,local_pid"];
const depth = "3";
/** A command prefix for a PID namespace with its own /proc. */
const inNamespace = ["unshare", "--pid", "--fork", "--mount-proc"];
const inNestedNamespace = [...inNamespace, ...inNamespace];

const parseTruths = (stdout: string): Truth[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
const eventsOf = (file: string) => parseEvents(readFileSync(file, "utf8")).events as NamedEvent[];

test("tracer on the host: records have the pid on the host and in the process's own namespace", async () => {
  const tracer = await Tracer.start([...COLUMNS, "--name", "namespaces"]);
  const { stdout } = await runToEnd([fixture("namespaces"), depth]);
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  const truth = parseTruths(stdout);
  expect(new Set(truth.map(({ level }) => level))).toEqual(new Set([0, 1, 2, 3]));
  // without different numbers the comparison below would prove nothing
  expect(truth.filter(({ pid, ns_pid }) => pid !== ns_pid).length).toBeGreaterThan(10);
  const eventsByPid = new Map((events as NamedEvent[]).map((event) => [event.pid, event]));
  expect(truth.map(({ pid }) => eventsByPid.get(pid))).toMatchObject(
    truth.map(({ pid, ns_pid, exit_code }) => ({ pid, ns_pid, local_pid: pid, exit_code })),
  );
});

describe.each([
  ["a PID namespace", inNamespace],
  ["a nested PID namespace", inNestedNamespace],
])("tracer in %s", (_, via) => {
  test("COMMAND and descendants: records have the pid on the host and in the tracer's namespace", async () => {
    using folder = temporaryFolder();
    const host = await Tracer.start([...COLUMNS, "--name", "namespaces"]);
    const file = `${folder.path}/events`;
    const inside = [...via, binary, ...COLUMNS, "--output", file];
    const { stdout, stderr, status } = await runToEnd([...inside, "--", fixture("namespaces"), depth]);
    const { events: all } = await host.end();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(
        /^Tracing [^\n]+ and its descendants; Ctrl-C goes to [^\n]+\n\d+ exits in [^\n]*, 0 lost\n$/,
      ),
    });
    const events = eventsOf(file);
    const truth = parseTruths(stdout);
    // the COMMAND itself has a record, but no line in the truth
    expect(events.length).toBe(truth.length + 1);
    const eventsByPid = new Map(events.map((event) => [event.local_pid, event]));
    expect(truth.map(({ pid }) => eventsByPid.get(pid))).toMatchObject(
      truth.map(({ pid, ns_pid, exit_code }) => ({ local_pid: pid, ns_pid, exit_code })),
    );
    // `pid` is the number that a tracer on the host reports
    const onHost = new Map((all as NamedEvent[]).map((event) => [event.pid, event]));
    expect(events.map(({ pid }) => onHost.get(pid))).toMatchObject(
      events.map(({ pid, ns_pid, exit_code }) => ({ pid, ns_pid, exit_code, local_pid: pid })),
    );
  });

  test("process outside of the namespace: local_pid is null", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await Tracer.start([...COLUMNS, "--output", file, "--name", "rename", "--count", "1"], { via });
    const { pid } = await runToEnd([fixture("rename"), "72656e616d65", "5"]);
    await tracer.end(null);
    expect(eventsOf(file)).toMatchObject([{ pid, ns_pid: pid, local_pid: null, exit_code: 5 }]);
  });
});
