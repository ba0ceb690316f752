/**
 * Makes every system call of a run fail once, with the errnos of that call. The result must be one
 * message and status 1, or the same output as without the fault; never a crash, a stack trace, a
 * hang, or leaked objects.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { bpfIds, bpfLeft } from "./bpf-left.ts";
import { scenarios } from "./scenarios.ts";
import { sweep } from "./sweep.ts";

const before = await bpfIds();
const all = await scenarios();

describe("a system call that fails once: an error message or the same output", () => {
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
