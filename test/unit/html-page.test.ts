/** The script of the page that `-f html` writes, without a browser. */
import { describe, expect, test } from "bun:test";
import { page } from "../support/timeline-page.ts";

interface Process {
  id: string;
  from: number;
  to: number;
  parent?: string;
  forker?: string;
  comm?: string;
  code?: number;
  cpu?: number;
}

const keys = [
  "time",
  "duration_ns",
  "id",
  "parent_id",
  "started_by",
  "comm",
  "command",
  "pid",
  "exit_code",
  "cpu_user_ns",
];
const BASE = Date.UTC(2026, 10, 30, 5);

/** Returns the data of processes with times in ms after BASE. */
function dataOf(processes: readonly Process[]) {
  const rows = processes.map(({ id, from, to, parent = "0-0", forker, comm = id, code = 0, cpu = 0 }) => [
    `${new Date(BASE + to).toISOString().slice(0, -1)}000000Z`,
    (to - from) * 1e6,
    id,
    parent,
    forker ? { id: forker } : null,
    comm,
    comm,
    Number.parseInt(id),
    code,
    cpu * 1e6,
  ]);
  const lines = [{ keys }, ...rows, { leftOut: 0, placeless: 0, isEnd: true }];
  return page.parseData(lines.map((line) => JSON.stringify(line)).join("\n"));
}

/** Returns the tree as ids, indented by depth. */
function treeOf(processes: readonly Process[]): string[] {
  const data = dataOf(processes);
  const { order, depth } = page.buildTree(data);
  return order.map((i, at) => " ".repeat(depth[at]!) + String(data.valueOf(i, "id")));
}

function pathOf(processes: readonly Process[]): Record<string, number> {
  const data = dataOf(processes);
  const times = page.criticalPath(data, page.buildTree(data));
  return Object.fromEntries(Array.from(times, ([i, ms]) => [String(data.valueOf(i, "id")), Math.round(ms)]));
}

describe("the tree of the page:", () => {
  test("children: are below their parent, in the order of their starts", () => {
    const rows = [
      { id: "3", from: 20, to: 30, parent: "1" },
      { id: "2", from: 10, to: 40, parent: "1" },
      { id: "4", from: 12, to: 14, parent: "2" },
      { id: "1", from: 0, to: 50 },
    ];
    expect(treeOf(rows)).toEqual(["1", " 2", "  4", " 3"]);
    const { size } = page.buildTree(dataOf(rows));
    expect(size).toEqual([4, 2, 1, 1]);
  });

  test("an orphan: is below the process that forked it", () => {
    expect(
      treeOf([
        { id: "1", from: 0, to: 5 },
        { id: "9", from: 1, to: 9, parent: "77", forker: "1" },
      ]),
    ).toEqual(["1", " 9"]);
  });

  test("parents that are not there, that are younger, cycles and repeated ids: lose no process", () => {
    const rows = [
      { id: "1", from: 5, to: 9, parent: "2" },
      { id: "2", from: 5, to: 9, parent: "1" },
      { id: "3", from: 0, to: 9, parent: "3" },
      { id: "4", from: 0, to: 9, parent: "1" },
      { id: "4", from: 0, to: 9, parent: "5" },
    ];
    const { order, size } = page.buildTree(dataOf(rows));
    expect(order.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(size.every((one, at) => at + one <= order.length)).toBeTrue();
  });

  test("a chain of 100,000: is no recursion", () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ id: `${i + 1}`, from: i, to: 200_000, parent: `${i}` }));
    const data = dataOf(rows);
    const tree = page.buildTree(data);
    expect(tree.depth.at(-1)).toBe(99_999);
    expect(page.criticalPath(data, tree).size).toBe(100_000);
  });
});

describe("the critical path:", () => {
  test("goes back from the last end through the children that ended last", () => {
    expect(
      pathOf([
        { id: "1", from: 0, to: 100 },
        { id: "2", from: 5, to: 40, parent: "1" },
        { id: "3", from: 5, to: 60, parent: "1" },
        { id: "4", from: 62, to: 95, parent: "1" },
        { id: "5", from: 63, to: 90, parent: "4" },
      ]),
    ).toEqual({ 1: 12, 3: 55, 4: 6, 5: 27 });
  });

  test("a child that outlives its parent: is not on it", () => {
    expect(
      pathOf([
        { id: "1", from: 0, to: 50 },
        { id: "2", from: 10, to: 60, parent: "1" },
      ]),
    ).toEqual({ 1: 50 });
  });

  test("its times: add up to the lifetime of the root", () => {
    const rows = [{ id: "1", from: 0, to: 1000 }];
    for (let i = 2; i < 200; i++) {
      const parent = 1 + ((i * 7) % (i - 1));
      const from = Math.min(rows[parent - 1]!.from + 1, 900);
      rows.push({
        id: `${i}`,
        from,
        to: Math.max(from + 1, rows[parent - 1]!.to - (i % 9)),
        parent: `${parent}`,
      } as Process & { from: number });
    }
    const times = Object.values(pathOf(rows));
    expect(times.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
  });
});

test("the lanes: count running processes, and their CPU time adds up", () => {
  const data = dataOf([
    { id: "1", from: 0, to: 100, cpu: 50 },
    { id: "2", from: 50, to: 150, cpu: 100 },
  ]);
  const { runningAt, cpusBetween } = page.buildLanes(data);
  expect([10, 60, 120].map(runningAt)).toEqual([1, 2, 1]);
  expect(cpusBetween(0, 50)).toBeCloseTo(0.5);
  expect(cpusBetween(50, 100)).toBeCloseTo(1.5);
  expect(150 * cpusBetween(0, 150)).toBeCloseTo(150);
});

describe("search:", () => {
  const data = dataOf([
    { id: "1", from: 0, to: 9, comm: "make" },
    { id: "2", from: 1, to: 9, parent: "1", comm: "sh" },
    { id: "3", from: 2, to: 9, parent: "2", comm: "CC1", code: 1 },
    { id: "4", from: 3, to: 9, parent: "1", comm: "ld" },
  ]);
  const tree = page.buildTree(data);
  const rows = (filter: object, collapsed: number[] = []) => {
    const state = { data, tree, path: new Map([[3, 1]]), collapsed: new Set(collapsed), from: 2.5, to: 2.7 };
    const { visible, count } = page.visibleRows(state, {
      text: "",
      onlyFailed: false,
      onlyPath: false,
      onlyInside: false,
      ...filter,
    });
    return [count, ...visible.map((at) => String(data.valueOf(tree.order[at]!, "comm")))];
  };

  test("finds names in any case, and shows the parents of what it finds", () => {
    expect(rows({ text: "cc1" })).toEqual([1, "make", "sh", "CC1"]);
    expect(rows({ text: "4" })).toEqual([1, "make", "ld"]);
    expect(rows({ text: "nothing" })).toEqual([0]);
  });

  test("failed ones, and the critical path", () => {
    expect(rows({ onlyFailed: true })).toEqual([1, "make", "sh", "CC1"]);
    expect(rows({ onlyPath: true })).toEqual([1, "make", "ld"]);
  });

  test("the times in sight", () => {
    expect(rows({ onlyInside: true })).toEqual([3, "make", "sh", "CC1"]);
  });

  test("a collapsed row hides those below, unless they are searched", () => {
    expect(rows({}, [1])).toEqual([4, "make", "sh", "ld"]);
    expect(rows({ text: "cc1" }, [1])).toEqual([1, "make", "sh", "CC1"]);
  });
});

test("show(): bounds a text, and escapes what has no shape or turns others around", () => {
  expect(page.show("a\u202eb\x1b[2J\n")).toBe("a\\u{202e}b\\u{1b}[2J\\u{a}");
  expect(page.show("x".repeat(1000))).toBe(`${"x".repeat(300)}…`);
  expect(page.show(`${"x".repeat(299)}🙂`)).toBe(`${"x".repeat(299)}\ufffd…`);
});

test("details: are those that are known", () => {
  const data = dataOf([{ id: "1", from: 0, to: 100, cpu: 25, code: 3, comm: "<b>x</b>" }]);
  const details = new Map(page.detailsOf(data, 0, 7));
  expect(details.get("command")).toBe("<b>x</b>");
  expect(details.get("ended")).toBe("exit code 3");
  expect(details.get("CPU")).toBe("25.0ms (25.0ms user), 25 % of its life");
  expect(details.get("critical path")).toBe("7.00ms of it");
  expect(details.has("peak memory")).toBeFalse();
});

test.each([
  [0.002, ["0", "500ns", "1us"]],
  [45, ["0", "10.0ms", "20.0ms"]],
  [30_000, ["0", "5.00s", "10.00s"]],
  [90_000, ["0", "15.00s", "30.00s"]],
  [200_000, ["0", "30.00s", "1m00s"]],
  [10_620_000, ["0", "30m00s", "1h00m"]],
  [7 * 86_400_000, ["0", "24h00m", "48h00m"]],
  [50 * 86_400_000, ["0", "240h00m", "480h00m"]],
])("the axis of %p ms: a few round times", (ms, first) => {
  const ticks = page.ticksOf(0, ms);
  expect(ticks.length).toBeWithin(4, 10);
  expect(ticks.slice(0, 3).map((tick) => (tick ? page.formatMs(tick) : "0"))).toEqual(first);
});
