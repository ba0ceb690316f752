import { expect, test } from "bun:test";
import { writeUtcSeconds } from "../../src/output/calendar.ts";
import { written } from "../support/fake-exit.ts";

const textOf = (seconds: number) => written((out) => writeUtcSeconds(out, seconds));

test("writeUtcSeconds(): every day from 1386 to 2399 is the one of Date", () => {
  const last = Date.UTC(2400, 0, 1) / 1000;
  for (let second = Date.UTC(1386, 0, 1) / 1000, i = 0; second < last; second += 86_400 + 7919 * (i++ % 9)) {
    expect(textOf(second)).toBe(new Date(1000 * second).toISOString().slice(0, 19));
  }
});

test("writeUtcSeconds(): the last second of a leap day, and of 1969", () => {
  expect(textOf(Date.UTC(2028, 1, 29, 23, 59, 59) / 1000)).toBe("2028-02-29T23:59:59");
  expect(textOf(-1)).toBe("1969-12-31T23:59:59");
});
