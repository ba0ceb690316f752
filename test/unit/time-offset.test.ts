import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { createFormat } from "../../src/output/index.ts";
import { timeFormat, type UtcOffset } from "../../src/output/time.ts";
import { line, formatOptions, written } from "../support/fake-exit.ts";

const MINUTE = 60;
const HOUR = 3600;
const MOMENT = Date.parse("2026-11-23T13:44:41Z") / 1000;

/** Returns what `--time local` shows if the C library reports that offset from UTC, in seconds. */
function local(offset: number | UtcOffset, ...seconds: number[]): string[] {
  const { write } = timeFormat("local", typeof offset === "number" ? () => offset : offset)!;
  return seconds.map((when) => written((out) => write(out, new Timespec().add(when, 999_999_999))));
}

describe("a local time is UTC moved by what the C library says,", () => {
  test.each([
    ["not at all", 0, "13:44:41"],
    ["to the east", HOUR, "14:44:41"],
    ["to the west", -8 * HOUR, "05:44:41"],
    ["by quarters of an hour", 5 * HOUR + 45 * MINUTE, "19:29:41"],
    ["into the next day", 14 * HOUR, "03:44:41"],
    ["into the day before", -14 * HOUR, "23:44:41"],
    ["by seconds, as before there were zones", -(44 * MINUTE + 30), "13:00:11"],
  ])("%s", (_, offset, shown) => {
    expect(local(offset, MOMENT)).toEqual([shown]);
  });

  test("at that moment, not at another", () => {
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

test("the C library is asked once a second, not for every exit", () => {
  const asked: number[] = [];
  const offset: UtcOffset = (seconds) => {
    asked.push(seconds);
    return 0;
  };
  local(offset, MOMENT, MOMENT, MOMENT, MOMENT + 1, MOMENT + 1);
  expect(asked).toEqual([MOMENT, MOMENT + 1]);
});

describe("formats", () => {
  const died = BigInt(MOMENT) * 1_000_000_000n;
  const kathmandu: UtcOffset = () => 5 * HOUR + 45 * MINUTE;

  test("with local times go by it", () => {
    expect(line(createFormat("table", formatOptions({ utcOffset: kathmandu })), { died })).toStartWith(
      "19:29:41 42050",
    );
    expect(line(createFormat("ecli", formatOptions({ utcOffset: kathmandu })), { died })).toStartWith(
      "19:29:41  42050",
    );
  });

  test("with times in UTC do not", () => {
    expect(line(createFormat("table", formatOptions({ time: "utc", utcOffset: kathmandu })), { died })).toStartWith(
      "13:44:41 42050",
    );
    expect(line(createFormat("json", formatOptions({ utcOffset: kathmandu })), { died })).toContain(
      '"2026-11-23T13:44:41.000000000Z"',
    );
    expect(line(createFormat("csv", formatOptions({ utcOffset: kathmandu })), { died })).toStartWith(
      "2026-11-23T13:44:41.000000000Z,",
    );
  });
});
