import { describe, expect, test } from "bun:test";
import type { Group } from "../../src/output/index.ts";
import { ClosingLine } from "../../src/trace/closing-line.ts";
import { exited, fakeExit, type Fields, killedBy } from "../support/fake-exit.ts";

const withKiller: readonly Group[] = ["core", "killer"];

/** Returns a closing line that has counted exits, after a number of milliseconds. */
function closingLine(exits: Partial<Fields>[], ms = 41_000, plan = { groups: withKiller, withThreads: false }) {
  let now = 1_000_000;
  const line = new ClosingLine(plan, now, () => now);
  for (const fields of exits) line.add(fakeExit(fields));
  now += ms;
  return line;
}

const success: Partial<Fields> = { status: exited(0) };
const failure: Partial<Fields> = { status: exited(137) };
const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "process" } };
const oom: Partial<Fields> = { status: killedBy(9), killer: { kind: "oom" } };

describe("the closing line:", () => {
  test("failures, deaths by signal and OOM kills are counted", () => {
    const exits = [success, failure, failure, failure, killed, killed, { ...killed, status: killedBy(11, true) }, oom];
    expect(closingLine(exits).text(0, 0)).toBe("8 exits in 41 s: 3 failed, 4 killed (1 by the OOM killer), 0 lost");
  });

  test("numbers that are zero are left out, except exits and lost exits", () => {
    expect(closingLine([]).text(0, 0)).toBe("0 exits in 41 s, 0 lost");
    expect(closingLine([success]).text(0, 7)).toBe("1 exit in 41 s, 7 lost");
    expect(closingLine([success, failure]).text(0, 0)).toBe("2 exits in 41 s: 1 failed, 0 lost");
    expect(closingLine([killed]).text(0, 0)).toBe("1 exit in 41 s: 1 killed, 0 lost");
  });

  test("exits that were not written: not counted, and no outcome is claimed for the rest", () => {
    expect(closingLine([failure, failure, killed]).text(2, 5)).toBe("1 exit in 41 s, 5 lost");
  });

  test("counts thread exits with --threads", () => {
    const plan = { groups: withKiller, withThreads: true };
    expect(closingLine([success, killed], 1000, plan).text(0, 0)).toBe("2 thread exits in 1 s: 1 killed, 0 lost");
    expect(closingLine([success], 1000, plan).text(0, 0)).toBe("1 thread exit in 1 s, 0 lost");
  });

  test("records without the killer: an OOM kill is a death by signal", () => {
    const plan = { groups: ["core"] as const, withThreads: false };
    expect(closingLine([oom], 1000, plan).text(0, 0)).toBe("1 exit in 1 s: 1 killed, 0 lost");
  });

  test.each([
    [0, "0 s"],
    [4, "0 s"],
    [40, "0.04 s"],
    [99.9, "0.1 s"],
    [449, "0.4 s"],
    [9940, "9.9 s"],
    [9960, "10 s"],
    [41_499, "41 s"],
    [59_600, "1 min 0 s"],
    [192_000, "3 min 12 s"],
    [3_600_000, "1 h 0 min"],
    [7_500_000, "2 h 5 min"],
    [781_200_000, "9 d 1 h"],
  ])("%d ms: %s", (ms, text) => {
    expect(closingLine([], ms).text(0, 0)).toBe(`0 exits in ${text}, 0 lost`);
  });
});
