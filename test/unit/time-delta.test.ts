import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { timeFormat } from "../../src/output/time.ts";
import { createFormat } from "../../src/output/index.ts";
import { DIED, line, formatOptions, written } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

const BILLION = 1_000_000_000n;

/** What stands before each of these moments, ns since 1970. */
function deltas(...moments: bigint[]): string[] {
  const { write } = timeFormat("delta")!;
  return moments.map((ns) =>
    written((out) => write(out, new Timespec().add(Number(ns / BILLION), Number(ns % BILLION)))),
  );
}

const START = 1_795_441_481n * BILLION + 999_999_000n;

test("the first exit has no line before it", () => {
  expect(deltas(START)).toEqual(["0.000000"]);
});

test("each delta counts from the line before, not from the first", () => {
  expect(deltas(START, START + 1_500_000_000n, START + 1_750_000_000n)).toEqual(["0.000000", "1.500000", "0.250000"]);
});

test("two tables do not share their line before", () => {
  deltas(START);
  expect(deltas(START + BILLION)).toEqual(["0.000000"]);
});

test("an exit that is handed over late has a negative delta", () => {
  expect(deltas(START, START - 1_000n)[1]).toBe("-0.000001");
  expect(deltas(START, START - 2_000_001_000n)[1]).toBe("-2.000001");
});

test("less than half a microsecond is zero, without a minus", () => {
  expect(deltas(START, START + 499n)[1]).toBe("0.000000");
  expect(deltas(START, START - 499n)[1]).toBe("0.000000");
  expect(deltas(START, START)[1]).toBe("0.000000");
});

test("rounding carries into the seconds", () => {
  expect(deltas(START, START + 999_999_999n)[1]).toBe("1.000000");
  expect(deltas(START, START + 1_999_999_500n)[1]).toBe("2.000000");
});

test("any delta is the difference, rounded to whole microseconds", () => {
  const random = new Random(8);
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [START + (random.u64() >> 4n), START + (random.u64() >> 4n)];
    const text = deltas(a, b)[1]!;
    const micros = BigInt(text.replace(".", ""));
    const error = micros * 1000n - (b - a);
    if (error < -500n || error > 500n || !/^-?\d+\.\d{6}$/.test(text)) throw new Error(`${b - a} ns are ${text}`);
  }
});

test("in a table it is not moved by whoever sets the clock", () => {
  const format = createFormat("table", formatOptions({ time: "delta" }));
  const HOUR = 3600n * BILLION;
  const beginnings = [
    { died: DIED, sinceBoot: 90n * BILLION },
    { died: DIED + HOUR, sinceBoot: 91n * BILLION },
    { died: DIED - HOUR, sinceBoot: 91n * BILLION + 250_000_000n },
  ].map((moment) => line(format, moment).split(" ")[0]);
  expect(beginnings).toEqual(["0.000000", "1.000000", "0.250000"]);
});
