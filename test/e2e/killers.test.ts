/**
 * The record names the sender of the signal: one of those that the parent's knowledge allows, and
 * never another process.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { watch } from "../support/cgroups.ts";
import { mistakes, readTruths } from "../support/killings.ts";
import { fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";

/** Runs `killings WAY` under a tracer; the record of each of its deaths must be right. */
async function killings(way: string, options: string[] = []) {
  using folder = temporaryFolder();
  const { value, of, stderr } = await watch(() => runToEnd([fixture("killings"), way], { cwd: folder.path }), options);
  expect({ status: value.status, said: value.stderr }).toEqual({ status: 0, said: "" });
  expect(stderr).toMatch(/, 0 lost$/m);
  const { truths, signals } = readTruths(value.stdout);
  expect(truths.length).toBeGreaterThan(0);
  expect(mistakes(truths, of)).toEqual([]);
  return { truths, signals };
}

describe("killer", () => {
  test("killer: every call that sends a signal, from processes of every kind", async () => {
    const { truths } = await killings("senders");
    expect(truths.length).toBeGreaterThan(80);
  });

  test.each([
    ["a victim in any state", "states"],
    ["the kernel sends the signal", "kernel"],
    ["a key at the terminal, or a hangup", "terminals"],
    ["a whole cgroup is killed", "cgroups"],
    ["the kernel on the victim's behalf, in the context of another process", "behalf"],
    ["a death without a sent signal, or by a debugger", "outcomes"],
    ["the caller of reboot(2) in a PID namespace", "reboots"],
    ["a sender in another PID or user namespace", "namespaces"],
    ["pending signals, and others that arrive meanwhile", "pending"],
    ["queued realtime signals", "queues"],
    ["none for a process that exits by itself", "exits"],
    ["a hundred deaths at once", "many"],
  ])("killer: %s", async (_, way) => {
    await killings(way);
  });

  test.each([
    ["-s HUP,INT", (status: number) => status === 1 || status === 2],
    ["-s KILL", (status: number) => status === 9],
  ])("reboot(2) in a PID namespace: %s selects by the status that wait4() gives", async (options, isSelected) => {
    using folder = temporaryFolder();
    const command = [fixture("killings"), "reboots"];
    const { value, of } = await watch(() => runToEnd(command, { cwd: folder.path }), options.split(" "));
    const { truths } = readTruths(value.stdout);
    const selected = truths.filter(({ status }) => isSelected(status));
    expect(selected.length).toBeGreaterThan(10);
    expect(mistakes(selected, of)).toEqual([]);
    expect(truths.filter((truth) => !selected.includes(truth)).flatMap(({ pid }) => of(pid))).toEqual([]);
  });

  test("killer: unknown for a signal that was sent before tracing began", async () => {
    const driver = Bun.spawn([fixture("killings"), "before"], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const reader = driver.stdout.getReader();
    let stdout = "";
    const decoder = new TextDecoder();
    const more = async () => {
      const { value, done } = await reader.read();
      stdout += decoder.decode(value, { stream: true });
      return !done;
    };
    while (!stdout.includes("ready\n")) expect(await more()).toBe(true);
    const { of } = await watch(async () => {
      driver.stdin.write("\n");
      await driver.stdin.end();
      while (await more());
      await driver.exited;
    });
    expect(driver.exitCode).toBe(0);
    const { truths } = readTruths(stdout);
    expect(truths.length).toBe(9);
    expect(mistakes(truths, of)).toEqual([]);
  });
});

describe("a storm of signals between processes that live", () => {
  const residentKb = (pid: number) => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);

  test("a storm of signals: no process is named falsely, and memory does not grow", async () => {
    let resident = 0;
    const { value, of, stderr } = await watch(async ({ process }) => {
      const runs = [];
      for (let i = 0; i < 3; i++) {
        runs.push(await runToEnd([fixture("killings"), "noise"]));
        // the first has warmed up what grows once
        if (i === 0) resident = residentKb(process.pid);
      }
      return { runs, grown: residentKb(process.pid) - resident };
    });
    expect(stderr).toMatch(/, 0 lost$/m);
    for (const { status, stdout, stderr } of value.runs) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const { truths, signals } = readTruths(stdout);
      expect(signals).toBeGreaterThan(100_000);
      expect(mistakes(truths, of)).toEqual([]);
    }
    expect(value.grown).toBeLessThan(8 * 1024);
  });
});
