import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { Lifetimes } from "../../src/views/lifetimes.ts";
import { Random } from "../support/random.ts";

const NS = 1_000_000_000;

function lifetimesOf(...ns: number[]): Lifetimes {
  const lifetimes = new Lifetimes();
  for (const each of ns) lifetimes.add(new Timespec().add(Math.floor(each / NS), each % NS));
  return lifetimes;
}

describe("Lifetimes.quantile():", () => {
  test("no lifetimes: undefined", () => {
    expect(lifetimesOf().quantile(0.5)).toBeUndefined();
  });

  test("one lifetime: that one, exactly", () => {
    for (const ns of [0, 1, 999, 1_234_567, 3_600 * NS + 1]) {
      expect([0.5, 0.99].map((share) => lifetimesOf(ns).quantile(share))).toEqual([ns, ns]);
    }
  });

  test("the shortest lifetime: exact", () => {
    expect(lifetimesOf(1_030_001, 5_000_000).quantile(0.5)).toBe(1_030_001);
  });

  test("100 lifetimes: the 99th is at least 99 of them, the longest only one more", () => {
    const lifetimes = lifetimesOf(...Array.from({ length: 99 }, () => 5_000_000), 9_000_000);
    expect(lifetimes.quantile(0.99)! / 5_000_000).toBeCloseTo(1, 1);
    expect(lifetimes.quantile(1)).toBe(9_000_000);
  });

  test("random lifetimes from 1 us to 30 years: wrong by at most a sixteenth", () => {
    const random = new Random(22);
    for (let round = 0; round < 200; round++) {
      const all = Array.from({ length: 1 + random.below(300) }, () =>
        Math.floor(1000 * 2 ** (49 * (random.u32() / 2 ** 32))),
      );
      const sorted = all.toSorted((a, b) => a - b);
      const lifetimes = lifetimesOf(...all);
      for (const share of [0.5, 0.9, 0.99]) {
        const exact = sorted[Math.ceil(share * all.length) - 1]!;
        expect(Math.abs(lifetimes.quantile(share)! - exact) / exact).toBeLessThanOrEqual(1 / 16 + 0.001);
      }
    }
  });
});

test("Lifetimes.powersOfTwo(): BCC's ranges up to the longest lifetime, with every lifetime once", () => {
  const ranges = lifetimesOf(0, 999, 1000, 2000, 7999, 8000, 15_999, 16_000).powersOfTwo();
  expect(ranges).toEqual([
    { from: 0, to: 1, count: 3 },
    { from: 2, to: 3, count: 1 },
    { from: 4, to: 7, count: 1 },
    { from: 8, to: 15, count: 2 },
    { from: 16, to: 31, count: 1 },
  ]);
});

test("Lifetimes: the longest u64 of ns is counted in the last range", () => {
  const lifetimes = new Lifetimes();
  lifetimes.add(new Timespec().set(0xffff_ffff, 0xffff_ffff));
  lifetimes.add(new Timespec().add(1, 0));
  expect(lifetimes.powersOfTwo().reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(lifetimes.max).toMatchObject({ seconds: 18_446_744_073, nanoseconds: 709_551_615 });
});

test("Lifetimes.merge(): equals the lifetimes of both", () => {
  const [one, two] = [lifetimesOf(1_000_000, 90_000_000), lifetimesOf(50_000, 2 * NS)];
  one.merge(two);
  const both = lifetimesOf(1_000_000, 90_000_000, 50_000, 2 * NS);
  expect(one.powersOfTwo()).toEqual(both.powersOfTwo());
  expect([0.25, 0.5, 1].map((share) => one.quantile(share))).toEqual(
    [0.25, 0.5, 1].map((share) => both.quantile(share)),
  );
});

test("Lifetimes.clear(): forgets all", () => {
  const lifetimes = lifetimesOf(1, 2 * NS);
  lifetimes.clear();
  expect(lifetimes.powersOfTwo()).toEqual([]);
  lifetimes.add(new Timespec().add(0, 5000));
  expect([lifetimes.quantile(0.5), lifetimes.max.seconds]).toEqual([5000, 0]);
});
