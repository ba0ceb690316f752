/** Programs that not every kernel takes, or that only one runner at a time can attach: first ecli, then ours. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { temporaryFolder } from "../support/tracer.ts";
import type { Form, Name } from "./runner.ts";
import { makeCalls, sideBySide } from "./side-by-side.ts";
import { compile, port } from "./tools.ts";

const forms: Form[] = ["plain", "json"];

async function inTurn(name: Name, form: Form, path: string, datagrams: boolean) {
  const trigger = () => makeCalls(3, ...(datagrams ? [String(port)] : []));
  return (await sideBySide(path, { names: [name], forms: [form], calls: 3, trigger }))[name][form];
}

describe("programs that are attached in turn", () => {
  for (const program of ["functions", "guards", "express-path", "traffic-control", "samples"]) {
    const hasDatagrams = program === "express-path" || program === "traffic-control";
    test(`${program}: the same output where ecli can, else one sentence`, async () => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, program);
      for (const form of forms) {
        const theirs = await inTurn("ecli", form, path, hasDatagrams);
        const own = await inTurn("ours", form, path, hasDatagrams);
        if (hasDatagrams) expect(theirs.stdout.split("\n").length).toBeGreaterThan(3);
        // a beat is at nobody's command
        if (theirs.status === 0 && program !== "samples") expect(own.stdout).toBe(theirs.stdout);
        else if (own.status !== 0) expectSentence(own);
      }
    });
  }

  test("kernel-probes: events where the kernel has them, else one sentence", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "kernel-probes");
    const own = await inTurn("ours", "json", path, false);
    if (existsSync("/sys/bus/event_source/devices/kprobe")) {
      expect(own.stdout).toBe([0, 1, 2].map((number) => `{"by":1,"number":${number}}\n`).join(""));
    } else {
      expectSentence(own);
    }
  });

  test("group-traffic: nobody says which cgroup", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "group-traffic");
    for (const form of forms) {
      expect((await inTurn("ecli", form, path, false)).status).toBe(1);
      expectSentence(await inTurn("ours", form, path, false));
    }
  });
});

function expectSentence({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): void {
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^exitsnoop: [^\n]*\n$/);
}
