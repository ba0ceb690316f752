import { describe, expect, test } from "bun:test";
import { parse } from "../../src/cli/parse.ts";
import { parseError } from "../support/parse-error.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const durationOf = (text: string) => parse(["--for", text]).parsed.for;
const sizeOf = (text: string) => parse(["--ring-size", text]).parsed["ring-size"];

const refusal = (option: string, text: string) => parseError([`--${option}=${text}`]);

describe("--for:", () => {
  test.each([
    ["250ms", 250],
    ["1ms", 1],
    ["10s", 10_000],
    ["10", 10_000],
    ["0.5", 500],
    ["1.5s", 1500],
    ["5m", 5 * MINUTE],
    ["2h", 2 * HOUR],
    ["1d", DAY],
    ["1w", 7 * DAY],
    ["365d", 365 * DAY],
    ["007", 7000],
  ])("%s means %d ms", (text, ms) => {
    expect(durationOf(text)).toBe(ms);
  });

  test.each(["10x", "s", "10 s", "1h30m", "1.", ".5.5", "1e3", "10S", "5min", "+5", "١", "0x10", "Infinity", "NaN"])(
    "%p: refused with examples",
    (text) => {
      expect(refusal("for", text)).toEndWith(": not a length of time; examples: 250ms, 10s, 5m, 2h, 1d, 1w");
    },
  );

  test("less than 1 ms or more than 365 days: refused", () => {
    expect(refusal("for", "0")).toBe("--for 0: too short; the shortest is 1ms");
    expect(refusal("for", "0.9ms")).toBe("--for 0.9ms: too short; the shortest is 1ms");
    expect(refusal("for", "366d")).toBe("--for 366d: too long; the longest is 365d");
    expect(refusal("for", "9".repeat(400))).toEndWith("...9999999999999999999999999999: too long; the longest is 365d");
  });
});

describe("--ring-size:", () => {
  test.each([
    ["1", 1],
    ["65536", 65_536],
    ["256K", 262_144],
    ["4M", 4_194_304],
    ["1G", 1_073_741_824],
    ["1073741824", 1_073_741_824],
    ["4k", 4096],
  ])("%s means %d bytes", (text, bytes) => {
    expect(sizeOf(text)).toBe(bytes);
  });

  test.each(["4KB", "4KiB", "K", "1.5M", "4T", "4 K", "-4K", "0x1000"])("%p: refused with examples", (text) => {
    expect(refusal("ring-size", text)).toBe(`--ring-size ${text}: not a size; examples: 65536, 256K, 4M`);
  });

  test("no bytes or more than 1 GiB: refused", () => {
    expect(refusal("ring-size", "0")).toBe("--ring-size 0: a ring buffer holds at least 1 byte");
    expect(refusal("ring-size", "2G")).toBe("--ring-size 2G: too large; the largest ring buffer is 1G");
    expect(refusal("ring-size", "1073741825")).toEndWith(": too large; the largest ring buffer is 1G");
  });
});

describe("--count:", () => {
  test("whole numbers from 1 to 2^53-1: accepted; others: refused", () => {
    expect(parse(["--count", "1"]).parsed.count).toBe(1);
    expect(parse(["--count", "9007199254740991"]).parsed.count).toBe(Number.MAX_SAFE_INTEGER);
    expect(refusal("count", "0")).toBe("--count 0: the smallest count is 1");
    expect(refusal("count", "9007199254740992")).toBe("--count 9007199254740992: too large");
    for (const text of ["1.5", "1e3", "-1", "ten", "0x10", " 5"]) {
      expect(refusal("count", text)).toBe(`--count ${text}: not a whole number`);
    }
  });
});

describe("--pid:", () => {
  test("1 to 4194304, the kernel's maximum: accepted; 0 and 4194305: refused", () => {
    expect(parse(["-p", "1,4194304"]).parsed.pid).toEqual([1, 4_194_304]);
    expect(refusal("pid", "0")).toBe("--pid 0: process ids begin at 1");
    expect(refusal("pid", "4194305")).toBe("--pid 4194305: process ids end at 4194304");
  });

  test.each(["abc", "1,", ",1", "1,,2", "1;2", "1 , , 2", "-1", "1.0", "0x10", "1,x,3"])("%p: refused", (text) => {
    expect(refusal("pid", text)).toBe(`--pid ${text}: not a process id; give numbers, as in 4242 or 17,42`);
  });
});
