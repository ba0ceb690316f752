import { describe, expect, test } from "bun:test";
import type { Exit } from "../../src/exit/exit.ts";
import { ByteWriter, type ColumnKey, columnKeys } from "../../src/output/index.ts";
import { ReplayedSummary } from "../../src/views/replayed-summary.ts";
import type { SummaryLayout, SummaryOptions } from "../../src/views/summary-data.ts";
import { exited, fakeExit, type Fields, killedBy, textOf } from "../support/fake-exit.ts";
import { rowsOf, summaryOptions } from "../support/summaries.ts";

const START = 1_795_441_481_000_000_000n;
const at = (ms: number, fields: Partial<Fields> = {}) =>
  fakeExit({ exitTime: START + BigInt(Math.round(ms * 1e6)), ...fields });

function replayed(exits: readonly Exit[], interval: number, options: Partial<SummaryOptions> = {}) {
  const out = new ByteWriter();
  const summary = new ReplayedSummary("json", summaryOptions(options), interval);
  for (const exit of exits) summary.exit(out, exit);
  summary.finish(out);
  const rows = textOf(out)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const seconds = (time: string) => Date.parse(time) / 1000 - Number(START / 1_000_000_000n);
  return rows
    .filter(({ row }) => row === "total")
    .map(({ from, time, exits: count, busy_ns, cpu_share }) => {
      expect([busy_ns, cpu_share]).toEqual([null, null]);
      return [seconds(from), seconds(time), count];
    });
}

describe("ReplayedSummary:", () => {
  test("without an interval: one summary, from the first exit to the last", () => {
    const exits = [at(500), at(0), at(90_000), at(1000)];
    expect(replayed(exits, Number.POSITIVE_INFINITY)).toEqual([[0, 90, 4]]);
  });

  test("no exits: no summary", () => {
    expect([1000, Number.POSITIVE_INFINITY].map((interval) => replayed([], interval))).toEqual([[], []]);
  });

  test("intervals from the first exit on; those without exits are left out", () => {
    const exits = [at(0), at(999), at(1000), at(1001), at(5500), at(5999.9), at(6000)];
    expect(replayed(exits, 1000)).toEqual([
      [0, 1, 2],
      [1, 2, 2],
      [5, 6, 2],
      [6, 7, 1],
    ]);
  });

  test("exits out of order, also hours earlier: each counts once, in the present interval", () => {
    const exits = [at(0), at(2500), at(1900), at(-7_200_000), at(2600), at(3000)];
    expect(replayed(exits, 1000)).toEqual([
      [0, 1, 1],
      [2, 3, 4],
      [3, 4, 1],
    ]);
  });

  const withoutTime = fakeExit({ exitTime: 0n });
  const lacks = (key: ColumnKey) => (exit: Exit) => key === "time" && exit === withoutTime;

  test("exits without a time: count in the present interval, and do not change its time", () => {
    const exits = [withoutTime, at(0), at(500), withoutTime, at(1500), withoutTime];
    expect(replayed(exits, Number.POSITIVE_INFINITY, { lacks })).toEqual([[0, 1.5, 6]]);
    expect(replayed(exits, 1000, { lacks })).toEqual([
      [0, 1, 4],
      [1, 2, 2],
    ]);
  });

  test.each([1000, Number.POSITIVE_INFINITY])("no exit with a time, interval %p: the time is unknown", (interval) => {
    const write = (layout: SummaryLayout) => {
      const out = new ByteWriter();
      const summary = new ReplayedSummary(layout, summaryOptions({ lacks }), interval);
      summary.exit(out, withoutTime);
      summary.finish(out);
      return textOf(out);
    };
    expect(JSON.parse(write("json").split("\n")[0]!)).toMatchObject({ time: null, from: null, exits: 1 });
    expect(write("csv")).toStartWith(",,key,true,");
    expect(write("table")).toStartWith("  EXITS");
  });

  test("exits older than the interval before: are counted as late", () => {
    const summary = new ReplayedSummary("json", summaryOptions(), 1000);
    const lateAfter = (ms: number) => {
      summary.exit(new ByteWriter(), at(ms));
      return summary.late;
    };
    expect([0, 500, 5000, 4999, 4001, 3999, -3_600_000, 6000].map(lateAfter)).toEqual([0, 0, 0, 0, 0, 1, 2, 2]);
  });

  test("random times: no exit is missing or counted twice", () => {
    const times = Array.from({ length: 500 }, (_, i) => (i * 7919) % 10_000);
    for (const interval of [1, 10, 333, 5000]) {
      const counts = replayed(
        times.map((ms) => at(ms)),
        interval,
      ).map(([, , count]) => count as number);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    }
  });
});

describe("exits that lack columns:", () => {
  const lacking =
    (...keys: ColumnKey[]) =>
    (key: ColumnKey) =>
    () =>
      keys.includes(key);
  const exits = [fakeExit({ status: exited(1) }), fakeExit({ status: killedBy(9), killer: { kind: "oom" } })];

  test("all columns but the name: null instead of zeros", () => {
    const lacks = lacking(...columnKeys.filter((key) => key !== "comm"));
    expect(rowsOf(exits, { lacks })[0]).toMatchObject({
      comm: "which",
      exits: 2,
      failed: null,
      killed: null,
      oom_killed: null,
      cpu_user_ns: null,
      cpu_system_ns: null,
      cpu_unknown: 2,
      cpu_share: null,
      max_rss_bytes: null,
      duration_median_ns: null,
      duration_max_ns: null,
    });
  });

  test.each<[SummaryOptions["by"][number], ColumnKey[], object]>([
    ["comm", ["comm"], { comm: null }],
    ["parent", ["ppid"], { ppid: null, parent_id: null, parent_comm: null }],
    ["unit", ["unit", "cgroup"], { unit: null }],
    ["user", ["uid"], { uid: null, user: null }],
    ["code", ["exit_code", "signal"], { exit_code: null, signal: null }],
    ["killer", ["killed_by"], { killed_by_kind: null }],
  ])("--by %s without %p: null", (by, keys, members) => {
    expect(rowsOf(exits, { by: [by], lacks: lacking(...keys) })[0]).toMatchObject({ exits: 2, ...members });
  });

  test("one of two recordings lacks the CPU time: the sum of the other, and how many have none", () => {
    const [one, two] = [fakeExit({ resources: { cpuUserNs: 5n } }), fakeExit({ resources: { cpuUserNs: 7n } })];
    const lacks = (key: ColumnKey) => (exit: Exit) => key === "cpu_user_ns" && exit === two;
    expect(rowsOf([one, two], { lacks })[0]).toMatchObject({ exits: 2, cpu_user_ns: 5, cpu_unknown: 1 });
  });

  test("code with exit codes alone: the code", () => {
    expect(rowsOf(exits.slice(0, 1), { by: ["code"], lacks: lacking("signal") })[0]).toMatchObject({ exit_code: 1 });
  });
});
