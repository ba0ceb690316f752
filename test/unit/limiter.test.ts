/** --limit: which exits are admitted, and how the others are counted. */
import { describe, expect, test } from "bun:test";
import type { Exit } from "../../src/exit/exit.ts";
import type { SuppressedExits } from "../../src/output/index.ts";
import { Limiter } from "../../src/views/limiter.ts";
import { EXIT_TIME, exited, fakeExit, type Fields, killedBy } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { Random } from "../support/random.ts";

const SECOND = 1_000_000_000n;
const context = contextOf({ 1: "/a", 2: "/b" });
const at = (seconds: number, fields: Partial<Fields> = {}) =>
  fakeExit({ exitTime: EXIT_TIME + BigInt(Math.round(seconds * 1000)) * (SECOND / 1000n), ...fields }, context);

/** Passes exits to a limiter. Returns how many were admitted, and the counts it was asked for. */
function limit(exits: Iterable<Exit>, limiter = new Limiter(2, true)) {
  const taken: SuppressedExits[] = [];
  const take = () => limiter.take((one) => taken.push({ ...one }));
  let admitted = 0;
  for (const exit of exits) {
    if (limiter.begins(exit)) take();
    if (limiter.admits(exit)) admitted++;
  }
  take();
  return { admitted, counts: taken.map(({ count }) => count), taken, limiter };
}

describe("Limiter:", () => {
  test("exits beyond the limit in a second: not admitted, and counted once", () => {
    const { admitted, counts, taken, limiter } = limit([at(0), at(0.1), at(0.2), at(0.9)]);
    expect({ admitted, counts }).toEqual({ admitted: 2, counts: [2] });
    expect(limiter).toMatchObject({ suppressed: 2, pending: 0 });
    expect(taken[0]).toMatchObject({ first: at(0.2).exitTime, last: at(0.9).exitTime });
    expect(Buffer.from(taken[0]!.kind!.comm!).toString()).toBe("which");
  });

  test("each second: admits as many again", () => {
    const seconds = [0, 0, 0, 1, 1, 1, 5, 5, 5].map((second) => at(second));
    expect(limit(seconds)).toMatchObject({ admitted: 6, counts: [1, 1, 1] });
  });

  test("an exit of the second before, as CPUs deliver them: begins no second again", () => {
    expect(limit([at(0), at(0), at(1), at(0.99), at(1), at(0.99)])).toMatchObject({ admitted: 4, counts: [2] });
  });

  test("a clock that is set back: begins a second", () => {
    expect(limit([at(100), at(100), at(100), at(10), at(10)])).toMatchObject({ admitted: 4, counts: [1] });
  });

  test.each<[string, Partial<Fields>]>([
    ["name", { comm: "other" }],
    ["parent's name", { parentComm: "other" }],
    ["exit code", { status: exited(1) }],
    ["signal", { status: killedBy(9) }],
    ["core dump", { status: killedBy(9, true) }],
    ["kind of killer", { status: killedBy(9), killer: { kind: "oom" } }],
    ["cgroup", { cgroupV2: 2n }],
  ])("exits that differ in their %s: are limited apart", (_, fields) => {
    const kinds = [{ cgroupV2: 1n }, { cgroupV2: 1n, ...fields }];
    expect(limit([...kinds, ...kinds].map((one) => at(0, one)))).toMatchObject({ admitted: 4, counts: [] });
  });

  test("exits that differ in pid, parent's pid and killer's name only: are limited together", () => {
    const killed = { status: killedBy(15) };
    const exits = Array.from({ length: 5 }, (_, i) =>
      at(0, { ...killed, pid: 10 + i, ppid: 100 + i, killer: { kind: "process", reason: "signal", comm: `k${i}` } }),
    );
    expect(limit(exits)).toMatchObject({ admitted: 2, counts: [3] });
  });

  test("suppressed exits that are not taken at the end of their second: are counted on", () => {
    const limiter = new Limiter(1, true);
    for (const exit of [at(0), at(0), at(1), at(1), at(2), at(2)]) {
      limiter.begins(exit);
      limiter.admits(exit);
    }
    expect(limiter.pending).toBe(3);
    expect(limit([], limiter).counts).toEqual([3]);
  });

  test("more kinds than it keeps, most with suppressed exits: counts these as others", () => {
    const limiter = new Limiter(1, true, 4);
    const exits = ["a", "b", "c", "d", "e"].flatMap((comm) => [at(0, { comm }), at(0.5, { comm })]);
    const { admitted, taken } = limit(exits, limiter);
    expect(admitted).toBe(5);
    expect(taken.map(({ kind, count }) => [kind ? Buffer.from(kind.comm!).toString() : null, count])).toEqual([
      ["e", 1],
      [null, 4],
    ]);
    expect(taken[1]).toMatchObject({ first: at(0.5).exitTime, last: at(0.5).exitTime });
  });

  test("random exits of many kinds: each is admitted or in one count", () => {
    const random = new Random(1);
    const limiter = new Limiter(3, true, 16);
    const COUNT = 20_000;
    let seconds = 0;
    const exits = (function* () {
      for (let i = 0; i < COUNT; i++) {
        seconds += random.below(10) / 1000;
        yield at(seconds, { comm: `c${random.below(20)}`, status: exited(random.below(3)) });
      }
    })();
    const { admitted, counts } = limit(exits, limiter);
    expect(admitted + counts.reduce((sum, count) => sum + count, 0)).toBe(COUNT);
    expect(limiter.suppressed).toBe(COUNT - admitted);
    expect(admitted).toBeLessThan(COUNT);
  });
});
