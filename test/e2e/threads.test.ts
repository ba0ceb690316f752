/** `--threads`: each thread's end is a line of its own, and the process's the last of them. */
import { expect, test } from "bun:test";
import { type WideEvent, watch } from "../support/cgroups.ts";
import { fixture, runToEnd, Tracer } from "../support/tracer.ts";

interface ThreadEvent extends WideEvent {
  tid: number;
  cpu_user_ns: number | null;
  threads: number | null;
}

/** One life of test/fixtures/lives.c, thread by thread. */
async function threadsOf(kind: string) {
  const { value, of, stderr } = await watch(() => runToEnd([fixture("lives"), "1", kind]), ["--threads"]);
  expect(stderr).toMatch(/^\d+ thread exits, 0 lost$/m);
  const { pid, status } = JSON.parse(value.stdout) as { pid: number; status: number };
  const events = of(pid) as ThreadEvent[];
  expect(new Set(events.map(({ tid }) => tid)).size).toBe(events.length);
  return { pid, status, events };
}

test("eight that end before the process", async () => {
  const { pid, events } = await threadsOf("joined threads");
  expect(events.length).toBe(9);
  const last = events.pop()!;
  expect(last).toMatchObject({ pid, tid: pid, exit_code: 0, threads: 1 });
  expect(last.cpu_user_ns).toBeGreaterThan(0);
  for (const event of events) {
    expect(event).toMatchObject({ pid, comm: "lives", exit_code: 0, signal: null, cpu_user_ns: null, threads: null });
    expect(event.tid).not.toBe(pid);
    // younger than the process
    expect(event.duration_ns).toBeLessThan(last.duration_ns);
  }
});

test("all at once, of a signal: each is killed, and told who by", async () => {
  const { events, status } = await threadsOf("killed threads");
  expect(status).toBe(9);
  expect(events.length).toBe(7);
  for (const event of events) {
    expect(event).toMatchObject({ signal: "SIGKILL", killed_by: { kind: "process", comm: "lives" } });
  }
  expect(events.filter(({ threads }) => threads !== null).length).toBe(1);
  expect(events.at(-1)!.threads).not.toBeNull();
});

test("a leader that is outlived", async () => {
  const { pid, events } = await threadsOf("outlived leader");
  expect(events.map(({ tid }) => tid === pid)).toEqual([true, false]);
  expect(events.map(({ threads }) => threads === null)).toEqual([true, false]);
});

test("in the table: a column TID", async () => {
  const tracer = await Tracer.start(["--threads"]);
  const { stdout: truth } = await runToEnd([fixture("lives"), "1", "joined threads"]);
  const { stdout } = await tracer.end();
  const { pid } = JSON.parse(truth) as { pid: number };
  const [header, ...lines] = stdout.split("\n");
  const at = header!.trim().split(/ +/).indexOf("TID");
  expect(at).toBeGreaterThan(0);
  const own = lines
    .map((line) => line.trim().split(/ +/))
    .filter((cells) => cells.includes("lives") && cells[1] === String(pid));
  expect(own.length).toBe(9);
  expect(new Set(own.map((cells) => cells[at])).size).toBe(9);
});
