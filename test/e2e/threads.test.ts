/** `--threads`: a line for the exit of each thread; the last one is the exit of the process. */
import { expect, test } from "bun:test";
import { watch, type WideEvent } from "../support/cgroups.ts";
import { fixture, runToEnd, Tracer } from "../support/tracer.ts";

interface ThreadEvent extends WideEvent {
  tid: number;
  cpu_user_ns: number | null;
  threads: number | null;
}

/**
 * Runs a process of test/fixtures/resource-usage. Returns its status and the events of its threads.
 */
async function threadsOf(kind: string) {
  const { value, of, stderr } = await watch(() => runToEnd([fixture("resource-usage"), "1", kind]), ["--threads"]);
  expect(stderr).toMatch(/^\d+ thread exits in [^\n]*, 0 lost$/m);
  const { pid, status } = JSON.parse(value.stdout) as { pid: number; status: number };
  const events = of(pid) as ThreadEvent[];
  expect(new Set(events.map(({ tid }) => tid)).size).toBe(events.length);
  return { pid, status, events };
}

test("--threads, eight threads that exit first: their records lack the fields of the process", async () => {
  const { pid, events } = await threadsOf("joined threads");
  expect(events.length).toBe(9);
  const last = events.pop()!;
  expect(last).toMatchObject({ pid, tid: pid, exit_code: 0, threads: 1 });
  expect(last.cpu_user_ns).toBeGreaterThan(0);
  for (const event of events) {
    expect(event).toMatchObject({
      pid,
      comm: "resource-usage",
      exit_code: 0,
      signal: null,
      cpu_user_ns: null,
      threads: null,
    });
    expect(event.tid).not.toBe(pid);
    // the threads started after the process
    expect(event.duration_ns).toBeLessThan(last.duration_ns);
  }
});

test("--threads, process killed by a signal: the record of each thread has the killer", async () => {
  const { events, status } = await threadsOf("killed threads");
  expect(status).toBe(9);
  expect(events.length).toBe(7);
  for (const event of events) {
    expect(event).toMatchObject({ signal: "SIGKILL", killed_by: { kind: "process", comm: "resource-usage" } });
  }
  expect(events.filter(({ threads }) => threads !== null).length).toBe(1);
  expect(events.at(-1)!.threads).not.toBeNull();
});

test("--threads, leader that exits first: the last thread has the fields of the process", async () => {
  const { pid, events } = await threadsOf("outlived leader");
  expect(events.map(({ tid }) => tid === pid)).toEqual([true, false]);
  expect(events.map(({ threads }) => threads === null)).toEqual([true, false]);
});

test("--threads, table: has a column TID", async () => {
  const tracer = await Tracer.start(["--threads"]);
  const { stdout: truth } = await runToEnd([fixture("resource-usage"), "1", "joined threads"]);
  const { stdout } = await tracer.end();
  const { pid } = JSON.parse(truth) as { pid: number };
  const [header, ...lines] = stdout.split("\n");
  const at = header!.trim().split(/ +/).indexOf("TID");
  expect(at).toBeGreaterThan(0);
  const own = lines
    .map((line) => line.trim().split(/ +/))
    .filter((cells) => cells.includes("resource-usage") && cells[1] === String(pid));
  expect(own.length).toBe(9);
  expect(new Set(own.map((cells) => cells[at])).size).toBe(9);
});

test("--threads, execve(2) in a thread: the other threads have the reason exec_in_thread", async () => {
  const { of, events } = await watch(() => runToEnd([fixture("exit-statuses"), "threads"]), ["--threads"]);
  const ended = events.filter(({ killed_by }) => killed_by?.reason === "exec_in_thread") as ThreadEvent[];
  expect(ended.length).toBeGreaterThan(0);
  for (const event of ended) {
    expect(event).toMatchObject({ exit_code: 0, signal: null, threads: null });
    expect(event.killed_by).toMatchObject({ kind: "kernel", pid: null, si_code: null });
    // the process goes on, with the program that the thread executed, and its pid
    const last = of(event.pid).at(-1) as ThreadEvent;
    expect(last).toMatchObject({ tid: event.pid, killed_by: null });
    expect([42, 43]).toContain(last.exit_code!);
  }
  // the leader of one process: that of the other has exited by itself
  expect(ended.map(({ pid, tid }) => tid - pid)).toContain(0);
});
