/**
 * Every system call of a run fails once, with what the kernel can say to it: there is one clear sentence and status 1, or everything is
 * as if nothing had been; never a crash, a stack trace or a wait without end, and nothing is left behind.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { bpfIds, bpfLeft } from "./bpf-left.ts";
import { scenarios } from "./scenarios.ts";
import { sweep } from "./sweep.ts";

const before = await bpfIds();
const all = await scenarios();

describe("each system call fails once", () => {
  test.each(all.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const { tried, verdicts, wrong } = await sweep(scenario);
    console.log(`  ${scenario.name}: ${tried} faults: ${JSON.stringify(verdicts)}`);
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(0);
  });
});

afterAll(async () => {
  expect(await bpfLeft(before)).toEqual([]);
});
