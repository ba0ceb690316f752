/** Durations and sizes with units: short, and rounded to their last digit. */
import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { writeBytes, writeDuration } from "../../src/output/units.ts";
import { written } from "../support/fake-exit.ts";
import { halves } from "../support/fake-records.ts";
import { Random } from "../support/random.ts";

const duration = (ns: bigint) => written((out) => writeDuration(out, new Timespec().set(...halves(ns))));
const size = (bytes: bigint) => written((out) => writeBytes(out, ...halves(bytes)));

const S = 1_000_000_000n;
const MINUTE = 60n * S;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

describe("writeDuration", () => {
  test.each([
    [0n, "0"],
    [1n, "1ns"],
    [999n, "999ns"],
    [1000n, "1.00us"],
    [9994n, "9.99us"],
    [9996n, "10.0us"],
    [99_940n, "99.9us"],
    [99_960n, "100us"],
    [999_499n, "999us"],
    [999_501n, "1.00ms"],
    [1_234_567n, "1.23ms"],
    [999_499_999n, "999ms"],
    [999_500_001n, "1.00s"],
    [59_940_000_000n, "59.9s"],
    [59_960_000_000n, "1m00s"],
    [MINUTE, "1m00s"],
    [12n * MINUTE + 34n * S, "12m34s"],
    [HOUR - 1n, "1h00m"],
    [3n * HOUR + 7n * MINUTE, "3h07m"],
    [DAY - 1n, "1d00h"],
    [41n * DAY + 5n * HOUR, "41d05h"],
    [1000n * DAY, "1000d"],
    [(1n << 64n) - 1n, "213503d"],
  ])("%p ns: %s", (ns, text) => {
    expect(duration(ns)).toBe(text);
  });

  const parts: Record<string, bigint> = { ns: 1n, us: 1000n, ms: 1_000_000n, s: S, m: MINUTE, h: HOUR, d: DAY };
  /** Returns the value of a text in ns, and the value of one unit of its last digit. */
  const read = (text: string) => {
    let value = 0;
    let last = 1;
    for (const [, digits, unit] of text.matchAll(/([\d.]+)([a-z]*)/g)) {
      const one = Number(parts[unit || "ns"]);
      value += Number(digits) * one;
      last = one / 10 ** (digits!.split(".")[1]?.length ?? 0);
    }
    return { value, last };
  };

  test("random durations: at most seven characters, and exact to the last digit", () => {
    const random = new Random(11);
    for (let i = 0; i < 20_000; i++) {
      const ns = random.u64() >> (random.u64() % 64n);
      const text = duration(ns);
      const { value, last } = read(text);
      if (text.length > 7 || Math.abs(value - Number(ns)) > last) throw new Error(`${ns} became ${text}`);
    }
  });
});

describe("writeBytes", () => {
  test.each([
    [0n, "0"],
    [1n, "1"],
    [1023n, "1023"],
    [1024n, "1.0K"],
    [1536n, "1.5K"],
    [10_240n, "10K"],
    [1_048_063n, "1023K"],
    [1_048_064n, "1.0M"],
    [23n << 20n, "23M"],
    [1n << 40n, "1.0T"],
    [(1n << 64n) - 1n, "16E"],
  ])("%p bytes: %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  test("random sizes: at most five characters, and exact to the last digit", () => {
    const random = new Random(12);
    for (let i = 0; i < 20_000; i++) {
      const bytes = random.u64() >> (random.u64() % 64n);
      const text = size(bytes);
      const [, digits, unit] = /^([\d.]+)([KMGTPE]?)$/.exec(text)!;
      const one = 1024 ** " KMGTPE".indexOf(unit || " ");
      const last = digits!.includes(".") ? one / 10 : one;
      if (text.length > 5 || Math.abs(Number(digits) * one - Number(bytes)) > last) {
        throw new Error(`${bytes} became ${text}`);
      }
    }
  });
});
