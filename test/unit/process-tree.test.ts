import { describe, expect, test } from "bun:test";
import { TraceError } from "../../src/errors.ts";
import type { Choice } from "../../src/filter/selection.ts";
import { TraceeFlag, TreeProcessOffset } from "../../src/record/layout.ts";
import { TreeFiller } from "../../src/recorder/process-tree.ts";

/** A process table: parent and start time by pid. */
type Table = Record<number, [parent: number, start?: number]>;

const { exit, children, known } = TraceeFlag;
const ROOT = known | children;
const TRACEE = known | children | exit;

/** Fills a map from one table for each scan. Returns the flags by pid; early: before attaching. */
function fill(tree: Choice<number>, tables: Table[], now = 1000) {
  const flags = new Map<number, number>();
  let scans = -1;
  const table = () => tables[Math.min(Math.max(scans, 0), tables.length - 1)]!;
  const map = {
    update(key: NodeJS.TypedArray, value: NodeJS.TypedArray) {
      flags.set(Number(key[0]), new DataView(value.buffer).getUint32(TreeProcessOffset.flags, true));
    },
  };
  const read = (pid: number) => {
    const [parent, start = 1] = table()[pid] ?? [];
    return parent === undefined ? undefined : { parent, start };
  };
  const scan = () => {
    scans++;
    return Object.keys(table()).map(Number);
  };
  const filler = new TreeFiller(map, tree, { read, scan, now: () => now, clockOffset: () => 0n });
  filler.addRunning();
  const early = Object.fromEntries(flags);
  filler.addForked();
  return { early, flags: Object.fromEntries(flags), scans: scans + 1 };
}

const only = (...selected: number[]): Choice<number> => ({ selected, removed: [] });

describe("TreeFiller:", () => {
  test("a root: its descendants of all generations are tracees, other processes and itself are not", () => {
    const table: Table = { 1: [0], 10: [1], 11: [10], 12: [11], 13: [12], 20: [1], 21: [20] };
    expect(fill(only(10), [table]).flags).toEqual({ 10: ROOT, 11: TRACEE, 12: TRACEE, 13: TRACEE });
  });

  test("descendants with lower pids than their parents: found", () => {
    expect(fill(only(30), [{ 1: [0], 30: [1], 5: [30], 3: [5] }]).flags).toEqual({ 30: ROOT, 5: TRACEE, 3: TRACEE });
  });

  test("a root below another one: is a tracee", () => {
    expect(fill(only(10, 12), [{ 10: [1], 11: [10], 12: [11], 13: [12] }]).flags).toEqual({
      10: ROOT,
      11: TRACEE,
      12: TRACEE,
      13: TRACEE,
    });
  });

  test("a removed process below the root: is a tracee, and its descendants are not", () => {
    const { flags } = fill({ selected: [10], removed: [11] }, [{ 10: [1], 11: [10], 12: [11], 13: [12], 14: [10] }]);
    expect(flags).toEqual({ 10: ROOT, 11: known | exit, 14: TRACEE });
  });

  test("a selected process below a removed one: its descendants are tracees", () => {
    const { flags } = fill({ selected: [10, 12], removed: [11] }, [{ 10: [1], 11: [10], 12: [11], 13: [12] }]);
    expect(flags).toEqual({ 10: ROOT, 11: known | exit, 12: ROOT, 13: TRACEE });
  });

  test("removed processes alone: their descendants are flagged, for the program to leave them out", () => {
    expect(fill({ selected: [], removed: [10] }, [{ 10: [1], 11: [10], 20: [1] }]).flags).toEqual({
      10: ROOT,
      11: TRACEE,
    });
  });

  test("a process that loses its parent while the programs are attached: stays a tracee", () => {
    const tables: Table[] = [
      { 10: [1], 11: [10], 12: [11] },
      { 10: [1], 12: [1] },
    ];
    const { early, flags } = fill(only(10), tables);
    expect(early).toEqual({ 10: ROOT, 11: TRACEE, 12: TRACEE });
    expect(flags).toEqual(early);
  });

  test("a process that is forked after the first scan, and whose parent exits during the second: is a tracee", () => {
    const tables: Table[] = [
      { 10: [1], 11: [10] },
      { 10: [1], 12: [11] },
      { 10: [1], 12: [1] },
    ];
    expect(fill(only(10), tables).flags).toEqual({ 10: ROOT, 11: TRACEE, 12: TRACEE });
  });

  test("a child that appears in the second scan: is added, and a third scan follows", () => {
    const tables: Table[] = [
      { 10: [1], 11: [10] },
      { 10: [1], 11: [10], 12: [11] },
    ];
    expect(fill(only(10), tables)).toMatchObject({ flags: { 10: ROOT, 11: TRACEE, 12: TRACEE }, scans: 3 });
  });

  test("processes that are forked after attaching: cause no further scan", () => {
    const tables: Table[] = [
      { 10: [1], 11: [10] },
      { 10: [1], 11: [10], 12: [11, 1001] },
    ];
    expect(fill(only(10), tables)).toMatchObject({ scans: 2 });
  });

  test("a root whose pid another process has got: is no longer an ancestor", () => {
    const tables: Table[] = [{ 10: [1, 5] }, { 10: [1, 90], 11: [10, 91] }];
    expect(fill(only(10), tables).flags).toEqual({ 10: ROOT });
  });

  test("parents in a circle, as /proc is not read at one moment: ends", () => {
    expect(fill(only(10), [{ 10: [1], 20: [21], 21: [20] }]).flags).toEqual({ 10: ROOT });
  });

  test("none of the processes runs: fails", () => {
    expect(() => fill(only(10, 11), [{ 20: [1] }])).toThrow(TraceError);
  });
});
