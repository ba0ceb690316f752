import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { timeFormat } from "../../src/output/time.ts";
import { createFormat } from "../../src/output/formats.ts";
import { EXIT_TIME, formatOptions, line, written } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

const BILLION = 1_000_000_000n;

/** Returns the deltas that one writer shows for these times, in ns since 1970. */
function deltas(...moments: bigint[]): string[] {
  const { write } = timeFormat("delta")!;
  return moments.map((ns) =>
    written((out) => write(out, new Timespec().add(Number(ns / BILLION), Number(ns % BILLION)))),
  );
}

const START = 1_795_441_481n * BILLION + 999_999_000n;

test("--time delta: the first exit has the delta 0", () => {
  expect(deltas(START)).toEqual(["0.000000"]);
});

test("--time delta: counts from the line before, not from the first", () => {
  expect(deltas(START, START + 1_500_000_000n, START + 1_750_000_000n)).toEqual(["0.000000", "1.500000", "0.250000"]);
});

test("--time delta: two tables do not share state", () => {
  deltas(START);
  expect(deltas(START + BILLION)).toEqual(["0.000000"]);
});

test("--time delta: an exit that is delivered late has a negative delta", () => {
  expect(deltas(START, START - 1_000n)[1]).toBe("-0.000001");
  expect(deltas(START, START - 2_000_001_000n)[1]).toBe("-2.000001");
});

test("--time delta: less than half a microsecond is zero, without a minus", () => {
  expect(deltas(START, START + 499n)[1]).toBe("0.000000");
  expect(deltas(START, START - 499n)[1]).toBe("0.000000");
  expect(deltas(START, START)[1]).toBe("0.000000");
});

test("--time delta: rounding carries into the seconds", () => {
  expect(deltas(START, START + 999_999_999n)[1]).toBe("1.000000");
  expect(deltas(START, START + 1_999_999_500n)[1]).toBe("2.000000");
});

test("--time delta: random times differ by their delta, rounded to microseconds", () => {
  const random = new Random(8);
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [START + (random.u64() >> 4n), START + (random.u64() >> 4n)];
    const text = deltas(a, b)[1]!;
    const micros = BigInt(text.replace(".", ""));
    const error = micros * 1000n - (b - a);
    if (error < -500n || error > 500n || !/^-?\d+\.\d{6}$/.test(text)) throw new Error(`${b - a} ns are ${text}`);
  }
});

test("--time delta: setting the wall clock does not change the deltas of a table", () => {
  const format = createFormat("table", formatOptions({ time: "delta" }));
  const HOUR = 3600n * BILLION;
  const shown = [
    { exitTime: EXIT_TIME, exitTimeSinceBoot: 90n * BILLION },
    { exitTime: EXIT_TIME + HOUR, exitTimeSinceBoot: 91n * BILLION },
    { exitTime: EXIT_TIME - HOUR, exitTimeSinceBoot: 91n * BILLION + 250_000_000n },
  ].map((moment) => line(format, moment).split(" ")[0]);
  expect(shown).toEqual(["0.000000", "1.000000", "0.250000"]);
});
