/** The times of --since and --until. */
import { describe, expect, test } from "bun:test";
import { parseMoment } from "../../src/cli/values/moments.ts";

/** 30 November 2026, 12:34:56.789 in the time zone of the test run. */
const now = new Date(2026, 10, 30, 12, 34, 56, 789).getTime();
const local = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0) =>
  new Date(year, month, day, hour, minute, second).getTime();

/** Returns the time in ms. */
function ms(text: string): number | undefined {
  const moment = parseMoment(text, now);
  return moment && moment.seconds * 1000 + moment.nanoseconds / 1e6;
}

describe("a moment:", () => {
  test.each([
    ["now", now],
    ["NOW", now],
    ["today", local(2026, 10, 30)],
    ["yesterday", local(2026, 10, 29)],
    ["tomorrow", local(2026, 11, 1)],
    ["02:55", local(2026, 10, 30, 2, 55)],
    ["23:59:58", local(2026, 10, 30, 23, 59, 58)],
    ["2026-11-29", local(2026, 10, 29)],
    ["2026-11-29 02:55", local(2026, 10, 29, 2, 55)],
    ["2026-11-29 02:55:07", local(2026, 10, 29, 2, 55, 7)],
    ["2024-02-29 00:00", local(2024, 1, 29)],
    ["2026-11-29T02:55:07Z", Date.UTC(2026, 10, 29, 2, 55, 7)],
    ["2026-11-29T02:55:07.25+01:30", Date.UTC(2026, 10, 29, 1, 25, 7, 250)],
    ["2026-11-29 02:55 UTC", Date.UTC(2026, 10, 29, 2, 55)],
    ["2026-11-29 02:55:07-0800", Date.UTC(2026, 10, 29, 10, 55, 7)],
    ["-5min", now - 300_000],
    ["- 5 min", now - 300_000],
    ["+1h", now + 3_600_000],
    ["-1h 30min", now - 5_400_000],
    ["-1h30m", now - 5_400_000],
    ["-90", now - 90_000],
    ["2 days ago", now - 2 * 86_400_000],
    ["-1w", now - 7 * 86_400_000],
    ["-250ms", now - 250],
    ["@1764464821", 1_764_464_821_000],
    ["@1764464821.5", 1_764_464_821_500],
  ])("%s", (text, expected) => expect(ms(text)).toBe(expected));

  test("RFC 3339 with nanoseconds: is exact", () => {
    expect(parseMoment("2026-11-30T01:47:01.001725689Z", now)).toEqual({
      seconds: 1_796_003_221,
      nanoseconds: 1_725_689,
    });
  });

  test.each([
    "",
    " ",
    "soon",
    "25:00",
    "12:60",
    "12:00:60",
    "2026-13-01",
    "2026-02-30",
    "2026-11-00",
    "2026-11-29 2:55",
    "-5 parsecs",
    "5min",
    "-",
    "+",
    "ago",
    "@",
    "@x",
    "2026-11-29T",
    "12:34 56:78",
    "2026-11-29 02:55 Mars",
    "1e9",
    "-1e9",
    "constructor",
    "__proto__",
    "0050-01-01",
    "1969-12-31",
  ])("%p: is refused", (text) => expect(parseMoment(text, now)).toBeUndefined());
});
