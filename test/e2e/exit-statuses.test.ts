/** Each process has one record, with the status that wait4(2) gives to its parent. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { checkRecord } from "../support/exit-statuses.ts";
import type { ExpectedRecord } from "../support/expected-record.ts";
import { type ExitEvent, fixture, testComm, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/**
 * Runs a group of the fixture's cases under the tracer: each expected record must be an event, and
 * the fixture's children no other ones.
 */
async function traceGroup(group: string): Promise<{ all: ExpectedRecord[]; events: ExitEvent[] }> {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(["--json"]);
  const driver = await runToEnd([fixture("exit-statuses"), group], { cwd: folder.path });
  const { events, status, stderr } = await tracer.end();
  expect({ driver: driver.status, errors: driver.stderr, tracer: status }).toEqual({
    driver: 0,
    errors: "",
    tracer: 0,
  });
  expect(stderr).toMatch(/, 0 lost$/m);
  const all = driver.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ExpectedRecord);
  const children = events.filter((event) => event.ppid === driver.pid).map((event) => event.pid);
  expect(children.toSorted(), `${group}: children of the driver`).toEqual(all.map(({ pid }) => pid).toSorted());
  for (const expected of all) checkRecord(expected, events);
  const own = events.filter((event) => event.pid === driver.pid);
  expect(own.map(({ exit_code, ppid, parent_comm }) => [exit_code, ppid, parent_comm])).toEqual([
    [0, process.pid, testComm],
  ]);
  return { all, events };
}

describe("the record has the status that wait4(2) gives", () => {
  test("exit codes 0 to 255: reports each", async () => {
    const { all } = await traceGroup("codes");
    expect(new Set(all.map(({ status }) => status)).size).toBe(256);
  });

  test("every fatal signal, with and without a core dump: reports signal and core_dumped", async () => {
    const { all } = await traceGroup("signals");
    expect(new Set(all.map(({ status }) => status & 0x7f)).size).toBeGreaterThan(55);
    // a program in core_pattern may refuse the core; a file is written unless a limit forbids it
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const limit = (await runToEnd(["sh", "-c", "ulimit -H -c"])).stdout.trim();
    if (!pattern.startsWith("|")) {
      expect(all.filter(({ status }) => status & 0x80).length).toBe(limit === "0" ? 0 : 10);
    }
  });

  test("faults, limits, broken pipes, and exit codes above 128: reports signals and codes apart", async () => {
    await traceGroup("faults");
  });

  test("threads, the leader exits first or another thread executes: reports the process once", async () => {
    await traceGroup("threads");
  });

  test("64 threads killed at once, 200 times: reports each process once", async () => {
    const { all } = await traceGroup("crowds");
    expect(all.length).toBe(200);
  });

  test("vfork, clone, double fork, orphans, late reaping, other users: reports parent, uid and duration", async () => {
    await traceGroup("families");
  });

  test("PID and user namespaces: reports the host's pids", async () => {
    await traceGroup("namespaces");
  });

  test.if(process.arch === "x64")("32-bit program, if the machine can run one: reports code and signal", async () => {
    using folder = temporaryFolder();
    const tracer = await Tracer.start(["--json"]);
    let canRun = true;
    const runs = [];
    for (const args of [[], ["fault"]]) {
      try {
        runs.push(await runToEnd([fixture("exit-32"), ...args], { cwd: folder.path }));
      } catch {
        canRun = false;
      }
    }
    const { events } = await tracer.end();
    if (!canRun) return;
    const endingOf = (pid: number) =>
      events.filter((event) => event.pid === pid).map((e) => [e.comm, e.exit_code, e.signal]);
    expect(endingOf(runs[0]!.pid)).toEqual([["exit-32", 32, null]]);
    expect(endingOf(runs[1]!.pid)).toEqual([["exit-32", null, "SIGSEGV"]]);
  });
});
