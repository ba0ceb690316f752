import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { Random } from "../support/random.ts";

const BILLION = 1_000_000_000n;
const MASK = 0xffff_ffffn;

const spanOf = (ns: bigint, span = new Timespec()) => span.set(Number(ns >> 32n), Number(ns & MASK));

/** Compared as one number, and piece by piece: 1 s and -1 ns would be the same number as 0 s and 999999999 ns. */
function expectSpan({ seconds, nanoseconds }: Timespec, ns: bigint): void {
  if (BigInt(seconds) !== ns / BILLION || BigInt(nanoseconds) !== ns % BILLION) {
    throw new Error(`${ns} ns are not ${seconds} s and ${nanoseconds} ns`);
  }
}

const edges = [0n, BILLION, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 48n, 2n ** 53n, BILLION << 32n, 2n ** 63n, 2n ** 64n]
  .flatMap((ns) => [ns - 1n, ns, ns + 1n])
  .filter((ns) => ns >= 0n && ns < 2n ** 64n);

test.each(edges)("%p ns are split into seconds and nanoseconds exactly", (ns) => {
  expectSpan(spanOf(ns), ns);
});

test("every u64 is split as BigInt divides it", () => {
  const random = new Random(4);
  const span = new Timespec();
  for (let i = 0; i < 100_000; i++) {
    const ns = random.u64();
    expectSpan(spanOf(ns, span), ns);
  }
});

test("two spans are added with a carry", () => {
  const random = new Random(5);
  for (let i = 0; i < 50_000; i++) {
    const [a, b] = [random.u64() >> 1n, random.u64() >> 1n];
    expectSpan(spanOf(a).add(Number(b / BILLION), Number(b % BILLION)), a + b);
  }
});

test("a full second is carried exactly at a billion nanoseconds", () => {
  expect(spanOf(999_999_999n).add(0, 0)).toMatchObject({ seconds: 0, nanoseconds: 999_999_999 });
  expect(spanOf(999_999_999n).add(0, 1)).toMatchObject({ seconds: 1, nanoseconds: 0 });
  expect(spanOf(999_999_999n).add(0, 999_999_999)).toMatchObject({ seconds: 1, nanoseconds: 999_999_998 });
});

test("a wall clock that is behind the boot clock is added too", () => {
  // a board without a battery: 1970 plus 3 s, while it has been up for 5.5 s; the distance is -3 s and +0.5 s
  expect(spanOf(5_500_000_000n).add(-3, 500_000_000)).toMatchObject({ seconds: 3, nanoseconds: 0 });
});
