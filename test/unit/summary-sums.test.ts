import { expect, test } from "bun:test";
import { KillerKind } from "../../src/record/layout.ts";
import { exited, fakeExit, type Fields, killedBy } from "../support/fake-exit.ts";
import { Random, repeated } from "../support/random.ts";
import { addTo, rowsOf, summaryOf, textOf } from "../support/summaries.ts";

const CPU_MAX = 20_000_000_000;

/** Returns exits with few or many names, which are as likely as their squares say. */
function randomExits(random: Random, count: number, names: number): Partial<Fields>[] {
  return Array.from({ length: count }, () => ({
    comm: `name${Math.floor(names * (random.u32() / 2 ** 32) ** 2)}`,
    status: random.oneOf([exited(0), exited(0), exited(1), killedBy(9), killedBy(11, true)]),
    killer: random.oneOf([undefined, { kind: "oom" }, { kind: "process" }] as const),
    duration: random.u64() >> 8n,
    isUsageIncomplete: random.below(10) === 0,
    resources: {
      cpuUserNs: BigInt(random.below(CPU_MAX)),
      cpuSystemNs: BigInt(random.below(CPU_MAX)),
      maxRssBytes: BigInt(random.below(2 ** 36)),
    },
  }));
}

/** Sums up exits as simply as possible. */
function expectedOf(exits: readonly Partial<Fields>[]): object {
  const all = exits.map((fields) => fakeExit(fields));
  const count = (test: (exit: (typeof all)[number]) => boolean) => all.filter(test).length;
  const known = exits.filter(({ isUsageIncomplete }) => !isUsageIncomplete);
  const sum = (key: "cpuUserNs" | "cpuSystemNs") =>
    Number(known.reduce((total, { resources }) => total + resources![key]!, 0n));
  const isCpuKnown = known.length > 0;
  return {
    exits: exits.length,
    failed: count((exit) => !exit.isKilled && exit.record.status !== 0),
    killed: count((exit) => exit.isKilled),
    oom_killed: count((exit) => exit.isKilled && exit.record.killerKind === KillerKind.oom),
    cpu_user_ns: isCpuKnown ? sum("cpuUserNs") : null,
    cpu_system_ns: isCpuKnown ? sum("cpuSystemNs") : null,
    cpu_unknown: exits.length - known.length,
    max_rss_bytes: Math.max(...exits.map(({ resources }) => Number(resources!.maxRssBytes))),
  };
}

test("summary of random exits: each row and the total have the sums of their exits", () => {
  const exits = randomExits(new Random(1), repeated(1500), 40);
  const rows = rowsOf(exits);
  const byName = Map.groupBy(exits, ({ comm }) => comm);
  expect(rows.filter(({ row }) => row === "key").length).toBe(byName.size);
  for (const { row, comm, ...numbers } of rows) {
    expect(numbers).toMatchObject(expectedOf(row === "total" ? exits : byName.get(comm)!));
    expect(numbers.complete).toBeTrue();
  }
  expect(rows.at(-1)!.row).toBe("total");
});

test("summary with more keys than room: no exit is missing or counted twice, and rows say what is exact", () => {
  for (const maxAggregates of [1, 2, 7, 64]) {
    const exits = randomExits(new Random(maxAggregates), repeated(800), 300);
    const rows = rowsOf(exits, {}, maxAggregates);
    const aggregates = rows.filter(({ row }) => row === "key");
    const other = rows.find(({ row }) => row === "other")!;
    const total = rows.find(({ row }) => row === "total")!;
    expect(total).toMatchObject(expectedOf(exits));
    expect(aggregates.length).toBeLessThanOrEqual(maxAggregates);
    for (const key of ["exits", "failed", "killed", "oom_killed", "cpu_unknown", "cpu_user_ns", "cpu_system_ns"]) {
      expect(aggregates.reduce((sum, aggregate) => sum + aggregate[key], other[key])).toBe(total[key]);
    }
    const exact = new Map(Map.groupBy(exits, ({ comm }) => comm as string));
    for (const { comm, complete, exits: count } of aggregates) {
      const all = exact.get(comm)!.length;
      if (complete) expect(count).toBe(all);
      else expect(count).toBeLessThanOrEqual(all);
    }
  }
});

test("summary with more keys than room: frequent keys stay, also if they begin late", () => {
  const once = Array.from({ length: 500 }, (_, i) => ({ comm: `once${i}` }));
  const late = Array.from({ length: 500 }, (_, i) => ({ comm: i % 2 ? "frequent" : `late${i}` }));
  const [first] = rowsOf([...once, ...late], {}, 16);
  expect(first).toMatchObject({ comm: "frequent", exits: 250, complete: false });
});

test("Summary.clear(): begins new sums; keys that stay are complete again", () => {
  const summary = summaryOf("json", {}, [{ comm: "a" }, { comm: "a" }, { comm: "b" }, { comm: "c" }], 2);
  summary.clear();
  expect(textOf(summary)).toContain('"row":"total"');
  expect(textOf(summary).trimEnd().split("\n").length).toBe(1);
  addTo(summary, [{ comm: "a" }]);
  const rows = textOf(summary)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map(({ row, comm, exits, complete }) => [row, comm, exits, complete])).toEqual([
    ["key", "a", 1, true],
    ["total", null, 1, true],
  ]);
});

test("summary without exits: zeros, and null for what only exits have", () => {
  expect(rowsOf([])).toEqual([
    expect.objectContaining({
      row: "total",
      exits: 0,
      cpu_user_ns: 0,
      cpu_share: 0,
      max_rss_bytes: null,
      duration_median_ns: null,
      duration_max_ns: null,
    }),
  ]);
});

test("CPU time beyond 2^53 ns: exact in JSON", () => {
  const cpuUserNs = 2n ** 53n;
  const text = textOf(summaryOf("json", {}, [{ resources: { cpuUserNs } }, { resources: { cpuUserNs: 1n } }]));
  expect(text).toContain('"cpu_user_ns":9007199254740993,');
});

test("CPU share: of the busy time, above 1 if more ended than ran meanwhile, and null if that is unknown", () => {
  const exits = [{ resources: { cpuUserNs: 6_000_000_000n } }];
  expect(rowsOf(exits)[0]).toMatchObject({ cpu_share: 1.5, busy_ns: 4_000_000_000 });
  const summary = summaryOf("json", {}, exits);
  const at = fakeExit().exitTime;
  const [row] = textOf(summary, { from: at, to: at, busyNs: undefined }).split("\n");
  expect(JSON.parse(row!)).toMatchObject({ cpu_share: null, busy_ns: null });
  const [idle] = textOf(summary, { from: at, to: at, busyNs: 0 }).split("\n");
  expect(JSON.parse(idle!)).toMatchObject({ cpu_share: null, busy_ns: 0 });
});

test("summary with --wide: the distribution of the lifetimes of each row", () => {
  const rows = rowsOf(
    [
      { comm: "a", duration: 1_500_000n },
      { comm: "b", duration: 100_000n },
    ],
    { isWide: true },
  );
  const counts = (index: number) => rows[index]!.duration_histogram.filter(({ count }: { count: number }) => count > 0);
  expect(counts(0)).toEqual([{ from_us: 1024, to_us: 2047, count: 1 }]);
  expect(counts(2)).toEqual([
    { from_us: 64, to_us: 127, count: 1 },
    { from_us: 1024, to_us: 2047, count: 1 },
  ]);
});
