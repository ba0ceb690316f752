/**
 * Attach types that not every kernel supports, or that only one runner can attach at a time: ecli
 * runs first, then exitsnoop.
 */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { temporaryFolder } from "../support/tracer.ts";
import type { RunResult, Form, Tool } from "../support/eunomia/runner.ts";
import { makeCalls, sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile, port } from "../support/eunomia/tools.ts";

const forms: Form[] = ["plain", "json"];

/** Runs one tool in one form. @param sendsDatagrams whether the calls are datagrams to the port. */
async function run(tool: Tool, form: Form, path: string, sendsDatagrams: boolean): Promise<RunResult> {
  const trigger = () => makeCalls(3, ...(sendsDatagrams ? [String(port)] : []));
  return (await sideBySide(path, { tools: [tool], forms: [form], calls: 3, trigger }))[tool][form];
}

function expectErrorMessage({ status, stdout, stderr }: RunResult): void {
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^exitsnoop: [^\n]*\n$/);
}

describe("attach types that not every kernel supports", () => {
  test.each([
    ["fentry", false],
    ["lsm", false],
    ["xdp", true],
    ["tc", true],
  ])("%s: exitsnoop prints what ecli prints, or one error message", async (program, sendsDatagrams) => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, program);
    for (const form of forms) {
      const theirs = await run("ecli", form, path, sendsDatagrams);
      const own = await run("exitsnoop", form, path, sendsDatagrams);
      if (sendsDatagrams) expect(theirs.stdout.split("\n").length).toBeGreaterThan(3);
      if (theirs.status === 0) expect(own.stdout).toBe(theirs.stdout);
      else if (own.status !== 0) expectErrorMessage(own);
    }
  });

  test("perf-event: exitsnoop prints samples, or one error message", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "perf-event");
    for (const form of forms) {
      const own = await run("exitsnoop", form, path, false);
      if (own.status !== 0) expectErrorMessage(own);
      // the number of samples depends on the machine
      else if (form === "json") expect(own.stdout).toMatch(/^(\{"by":1,"number":0\}\n)*$/);
      else expect(own.stdout).toMatch(/^TIME     NUMBER BY     \n(00:00:00  0     1\n)*$/);
    }
  });

  test("kprobes: exitsnoop prints each call if the kernel has kprobes, and otherwise one error message", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "kprobes");
    const own = await run("exitsnoop", "json", path, false);
    if (existsSync("/sys/bus/event_source/devices/kprobe")) {
      expect(own.stdout).toBe([0, 1, 2].map((number) => `{"by":1,"number":${number}}\n`).join(""));
    } else {
      expectErrorMessage(own);
    }
  });

  test("cgroup-skb, without a cgroup in the package: ecli and exitsnoop refuse it with status 1", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "cgroup-skb");
    for (const form of forms) {
      expect((await run("ecli", form, path, false)).status).toBe(1);
      expectErrorMessage(await run("exitsnoop", form, path, false));
    }
  });
});
