import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { Random } from "../support/random.ts";

const BILLION = 1_000_000_000n;
const MASK = 0xffff_ffffn;

const timespecOf = (ns: bigint, time = new Timespec()) => time.set(Number(ns >> 32n), Number(ns & MASK));

/** Compares both fields: 1 s and -1 ns have the same sum as 0 s and 999999999 ns. */
function expectTime({ seconds, nanoseconds }: Timespec, ns: bigint): void {
  if (BigInt(seconds) !== ns / BILLION || BigInt(nanoseconds) !== ns % BILLION) {
    throw new Error(`${ns} ns are not ${seconds} s and ${nanoseconds} ns`);
  }
}

const edges = [0n, BILLION, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 48n, 2n ** 53n, BILLION << 32n, 2n ** 63n, 2n ** 64n]
  .flatMap((ns) => [ns - 1n, ns, ns + 1n])
  .filter((ns) => ns >= 0n && ns < 2n ** 64n);

test.each(edges)("Timespec: splits %p ns into seconds and nanoseconds exactly", (ns) => {
  expectTime(timespecOf(ns), ns);
});

test("Timespec: splits random u64 values as BigInt division does", () => {
  const random = new Random(4);
  const time = new Timespec();
  for (let i = 0; i < 100_000; i++) {
    const ns = random.u64();
    expectTime(timespecOf(ns, time), ns);
  }
});

test("Timespec: add() carries nanoseconds into seconds", () => {
  const random = new Random(5);
  for (let i = 0; i < 50_000; i++) {
    const [a, b] = [random.u64() >> 1n, random.u64() >> 1n];
    expectTime(timespecOf(a).add(Number(b / BILLION), Number(b % BILLION)), a + b);
  }
});

test("Timespec: add() carries from one billion nanoseconds on", () => {
  expect(timespecOf(999_999_999n).add(0, 0)).toMatchObject({ seconds: 0, nanoseconds: 999_999_999 });
  expect(timespecOf(999_999_999n).add(0, 1)).toMatchObject({ seconds: 1, nanoseconds: 0 });
  expect(timespecOf(999_999_999n).add(0, 999_999_999)).toMatchObject({ seconds: 1, nanoseconds: 999_999_998 });
});

test("Timespec: add() takes negative seconds, if the wall clock is behind the boot clock", () => {
  // a board without a clock battery: it is up for 5.5 s when the wall clock shows 1970 plus 3 s;
  // the difference is -3 s and +0.5 s
  expect(timespecOf(5_500_000_000n).add(-3, 500_000_000)).toMatchObject({ seconds: 3, nanoseconds: 0 });
});
