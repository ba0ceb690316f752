/** Truth is wait4(): what a process's parent was told is what our record says, once, for every way to die. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { checkDeath } from "../support/deaths.ts";
import { type ExitEvent, fixture, testComm, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";
import type { Truth } from "../support/truth.ts";

/** Runs `deaths WAY` under the tracer; every death that it tells must be an event, and its children nothing else. */
async function deaths(way: string): Promise<{ truths: Truth[]; events: ExitEvent[] }> {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(["--json"]);
  const driver = await runToEnd([fixture("deaths"), way], { cwd: folder.path });
  const { events, status, stderr } = await tracer.end();
  expect({ driver: driver.status, said: driver.stderr, tracer: status }).toEqual({ driver: 0, said: "", tracer: 0 });
  expect(stderr).toMatch(/, 0 lost$/m);
  const truths = driver.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
  const children = events.filter((event) => event.ppid === driver.pid).map((event) => event.pid);
  expect(children.toSorted(), `${way}: children of the driver`).toEqual(truths.map(({ pid }) => pid).toSorted());
  for (const truth of truths) checkDeath(truth, events);
  const own = events.filter((event) => event.pid === driver.pid);
  expect(own.map(({ exit_code, ppid, parent_comm }) => [exit_code, ppid, parent_comm])).toEqual([
    [0, process.pid, testComm],
  ]);
  return { truths, events };
}

describe("what wait4() said is what the record says", () => {
  test("exit codes 0-255", async () => {
    const { truths } = await deaths("codes");
    expect(new Set(truths.map(({ status }) => status)).size).toBe(256);
  });

  test("every signal, realtime ones too, with and without a core dump", async () => {
    const { truths } = await deaths("signals");
    expect(new Set(truths.map(({ status }) => status & 0x7f)).size).toBeGreaterThan(55);
    // where a core goes to a program, that may refuse it; a file in the folder always works, unless a limit forbids it
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const limit = (await runToEnd(["sh", "-c", "ulimit -H -c"])).stdout.trim();
    if (!pattern.startsWith("|")) {
      expect(truths.filter(({ status }) => status & 0x80).length).toBe(limit === "0" ? 0 : 10);
    }
  });

  test("faults, limits, broken pipes, and codes that only look like signals", async () => {
    await deaths("faults");
  });

  test("threads: the leader is not the process", async () => {
    await deaths("threads");
  });

  test("64 threads killed at once, 200 times", async () => {
    const { truths } = await deaths("crowds");
    expect(truths.length).toBe(200);
  });

  test("vfork, clone, double fork, orphans, late reaping, other users", async () => {
    await deaths("families");
  });

  test("PID and user namespaces", async () => {
    await deaths("namespaces");
  });

  test.if(process.arch === "x64")("a 32-bit program, where the machine can run one", async () => {
    using folder = temporaryFolder();
    const tracer = await Tracer.start(["--json"]);
    let able = true;
    const runs = [];
    for (const args of [[], ["fault"]]) {
      try {
        runs.push(await runToEnd([fixture("exit-32"), ...args], { cwd: folder.path }));
      } catch {
        able = false;
      }
    }
    const { events } = await tracer.end();
    if (!able) return;
    const verdict = (pid: number) =>
      events.filter((event) => event.pid === pid).map((e) => [e.comm, e.exit_code, e.signal]);
    expect(verdict(runs[0]!.pid)).toEqual([["exit-32", 32, null]]);
    expect(verdict(runs[1]!.pid)).toEqual([["exit-32", null, "SIGSEGV"]]);
  });
});
