import { describe, expect, test } from "bun:test";
import { Failures } from "../../src/views/report/failures.ts";
import { countSwallowed, flatten } from "../../src/views/report/flatten.ts";
import { ProcessDescriber, reportColumns } from "../../src/views/report/reported-process.ts";
import { exited, killedBy } from "../support/fake-exit.ts";
import { exitOf, type Process } from "../support/reports.ts";
import { Random } from "../support/random.ts";

const describer = new ProcessDescriber(reportColumns, false);

function failuresOf(processes: readonly Process[], ...bounds: number[]): Failures {
  const failures = new Failures(...bounds);
  for (const process of processes) failures.add(exitOf(process), (exit) => describer.describe(exit));
  return failures;
}

/** Returns the trees as lines, a blank for each level. */
function linesOf(failures: Failures, hasSucceeded = true): string[] {
  return flatten(failures.roots(), hasSucceeded).map(
    ({ process, depth, isSwallowed, swallowedBy }) =>
      `${" ".repeat(depth)}${process.command}${process.count > 1 ? ` x${process.count}` : ""}` +
      `${isSwallowed ? ` swallowed${swallowedBy ? ` by ${swallowedBy.command}` : ""}` : ""}`,
  );
}

const failed = { status: exited(3) };

describe("Failures:", () => {
  test("processes that succeed: are not kept, unless one below them failed", () => {
    const failures = failuresOf([
      { pid: 3, ppid: 2 },
      { pid: 4, ppid: 2, ...failed },
      { pid: 5, ppid: 1 },
      { pid: 2, ppid: 1 },
      { pid: 1, ppid: 0 },
    ]);
    expect(linesOf(failures)).toEqual(["p1", " p2", "  p4 swallowed by p2"]);
  });

  test("a failure that is passed on to COMMAND: is not swallowed; one below a process that succeeds is", () => {
    const processes = [
      { pid: 3, ppid: 2, ...failed },
      { pid: 2, ppid: 1, ...failed },
      { pid: 5, ppid: 4, status: killedBy(9) },
      { pid: 4, ppid: 1, ...failed },
      { pid: 7, ppid: 6, ...failed },
      { pid: 6, ppid: 1 },
      { pid: 1, ppid: 0, ...failed },
    ];
    const lines = ["p1", " p2", "  p3", " p4", "  p5", " p6", "  p7 swallowed by p6"];
    expect(linesOf(failuresOf(processes), false)).toEqual(lines);
  });

  test("an orphan that fails: hangs below its dead parent if that is kept, else is a tree of its own", () => {
    const startedBy = { pid: 2, comm: "p2", start: 10_000_000_000n };
    const orphan = { pid: 3, ppid: 999, ...failed, origin: { startedBy } };
    expect(linesOf(failuresOf([{ pid: 2, ppid: 1, ...failed }, orphan]))).toEqual(["p2 swallowed", " p3 swallowed"]);
    expect(linesOf(failuresOf([{ pid: 2, ppid: 1 }, orphan]))).toEqual(["p3 swallowed"]);
    expect(linesOf(failuresOf([orphan]), false)).toEqual(["p3"]);
    // another process has the pid of its parent
    const reused = failuresOf([{ pid: 2, ppid: 1, startTimeNs: 77n, ...failed }, orphan]);
    expect(linesOf(reused, false)).toEqual(["p2", "p3"]);
  });

  test("a pid that is used again: takes no children of the earlier process", () => {
    const failures = failuresOf([
      { pid: 3, ppid: 2, ...failed },
      { pid: 2, ppid: 1, startTimeNs: 77n },
      { pid: 4, ppid: 2, parentStartNs: 78n, ...failed },
      { pid: 5, ppid: 2, parentStartNs: 79n, ...failed },
      { pid: 2, ppid: 1, startTimeNs: 79n },
    ]);
    // the processes with pid 2 that started at 10 s and at 78 ns have no exit
    expect(linesOf(failures).toSorted()).toEqual([" p5 swallowed by p2", "p2", "p3 swallowed", "p4 swallowed"]);
  });

  test("equal failures of one parent: are one line with their number, until they differ", () => {
    const same = { ppid: 1, ...failed, args: ["false"] };
    const failures = failuresOf([
      ...[10, 11, 12].map((pid) => ({ pid, ...same })),
      { pid: 13, ...same, status: exited(4) },
      { pid: 14, ...same, args: ["false", "x"] },
      { pid: 15, ...same, ppid: 2 },
      { pid: 16, ...same, status: killedBy(9), killer: { kind: "process", pid: 7 } },
      { pid: 17, ...same, status: killedBy(9), killer: { kind: "process", pid: 8 } },
      { pid: 1, ppid: 0 },
    ]);
    const lines = linesOf(failures);
    expect(lines.filter((line) => line.startsWith(" false")).length).toBe(5);
    expect(lines).toContain(" false x3 swallowed by p1");
    expect(countSwallowed(flatten(failures.roots(), true))).toBe(8);
  });

  test("more failures than fit: are counted; the kept children of one that does not fit become trees", () => {
    const failures = failuresOf(
      [...Array.from({ length: 10 }, (_, i) => ({ pid: 10 + i, ppid: 2, ...failed })), { pid: 2, ppid: 1, ...failed }],
      4,
    );
    expect(failures.leftOut).toBe(7);
    expect(linesOf(failures)).toEqual([10, 11, 12, 13].map((pid) => `p${pid} swallowed`));
  });

  test("a chain of parents without end: is cut, and the failure below it stays", () => {
    const length = 50;
    const chain = Array.from({ length }, (_, i) => ({ pid: length - i, ppid: length - i - 1 }));
    chain[0] = { ...chain[0]!, ...failed };
    const lines = linesOf(failuresOf(chain, 5, 10));
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe(`${" ".repeat(9)}p50 swallowed by p49`);
  });

  test("texts beyond the bound: later failures are counted", () => {
    const long = Array.from({ length: 20 }, (_, i) => ({ pid: 10 + i, ppid: 1, args: ["x".repeat(90)], ...failed }));
    for (const [i, process] of long.entries()) process.args.push(String(i));
    const failures = failuresOf(long, 1000, 1000, 500);
    expect(failures.leftOut).toBeWithin(10, 16);
    expect(linesOf(failures)).toHaveLength(20 - failures.leftOut);
  });

  test("random trees: each failure is in a line or counted, whatever the bounds", () => {
    const random = new Random(7);
    for (let run = 0; run < 200; run++) {
      const size = 1 + random.below(40);
      const processes: Process[] = Array.from({ length: size }, (_, i) => ({
        pid: size - i,
        // children have larger pids, and end before
        ppid: random.below(size - i),
        status: random.below(3) === 0 ? exited(1) : 0,
        args: [`a${random.below(3)}`],
      }));
      const failures = failuresOf(processes, 1 + random.below(12), 1 + random.below(20));
      const flat = flatten(failures.roots(), false);
      const shown = flat.reduce((sum, { isFailure, process }) => sum + (isFailure ? process.count : 0), 0);
      expect(shown + failures.leftOut).toBe(processes.filter(({ status }) => status !== 0).length);
      // what is kept without a failure has one below it
      flat.forEach(({ depth, isFailure }, i) => {
        if (!isFailure) expect(flat[i + 1]?.depth).toBe(depth + 1);
      });
    }
  });
});
