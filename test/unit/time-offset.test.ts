import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { createFormat } from "../../src/output/formats.ts";
import { timeFormat, type UtcOffset } from "../../src/output/time.ts";
import { formatOptions, line, written } from "../support/fake-exit.ts";

const MINUTE = 60;
const HOUR = 3600;
const MOMENT = Date.parse("2026-11-23T13:44:41Z") / 1000;

/** Returns what `--time local` shows if the C library reports that offset from UTC, in seconds. */
function local(offset: number | UtcOffset, ...seconds: number[]): string[] {
  const { write } = timeFormat("local", typeof offset === "number" ? () => offset : offset)!;
  return seconds.map((when) => written((out) => write(out, new Timespec().add(when, 999_999_999))));
}

describe("--time local: adds the UTC offset of the C library", () => {
  test.each([
    ["no offset", 0, "13:44:41"],
    ["an offset to the east", HOUR, "14:44:41"],
    ["an offset to the west", -8 * HOUR, "05:44:41"],
    ["an offset of quarters of an hour", 5 * HOUR + 45 * MINUTE, "19:29:41"],
    ["an offset into the next day", 14 * HOUR, "03:44:41"],
    ["an offset into the day before", -14 * HOUR, "23:44:41"],
    ["an offset with seconds, as before standard time", -(44 * MINUTE + 30), "13:00:11"],
  ])("%s, %d s: shows %s", (_, offset, shown) => {
    expect(local(offset, MOMENT)).toEqual([shown]);
  });

  test("an offset that changes: applied from the second of the change on", () => {
    // summer ends at MOMENT
    const offset: UtcOffset = (seconds) => (seconds < MOMENT ? 2 * HOUR : HOUR);
    expect(local(offset, MOMENT - 1, MOMENT, MOMENT + 1, MOMENT - 1)).toEqual([
      "15:44:40",
      "14:44:41",
      "14:44:42",
      "15:44:40",
    ]);
  });
});

test("--time local: gets the UTC offset once per second of exit time", () => {
  const calls: number[] = [];
  const offset: UtcOffset = (seconds) => {
    calls.push(seconds);
    return 0;
  };
  local(offset, MOMENT, MOMENT, MOMENT, MOMENT + 1, MOMENT + 1);
  expect(calls).toEqual([MOMENT, MOMENT + 1]);
});

describe("the UTC offset", () => {
  const exitTime = BigInt(MOMENT) * 1_000_000_000n;
  const kathmandu: UtcOffset = () => 5 * HOUR + 45 * MINUTE;

  test("applies to the table and to ecli", () => {
    expect(line(createFormat("table", formatOptions({ utcOffset: kathmandu })), { exitTime })).toStartWith(
      "19:29:41 42050",
    );
    expect(line(createFormat("ecli", formatOptions({ utcOffset: kathmandu })), { exitTime })).toStartWith(
      "19:29:41  42050",
    );
  });

  test("does not apply to --time utc, JSON and CSV", () => {
    expect(line(createFormat("table", formatOptions({ time: "utc", utcOffset: kathmandu })), { exitTime })).toStartWith(
      "13:44:41 42050",
    );
    expect(line(createFormat("json", formatOptions({ utcOffset: kathmandu })), { exitTime })).toContain(
      '"2026-11-23T13:44:41.000000000Z"',
    );
    expect(line(createFormat("csv", formatOptions({ utcOffset: kathmandu })), { exitTime })).toStartWith(
      "2026-11-23T13:44:41.000000000Z,",
    );
  });
});
