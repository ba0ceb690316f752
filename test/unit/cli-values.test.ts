import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const lasting = (text: string) => parse(["--for", text]).parsed.for;
const sized = (text: string) => parse(["--ring-size", text]).parsed["ring-size"];

/** The sentence about a wrong value. */
function complaint(option: string, text: string): string {
  try {
    parse([`--${option}=${text}`]);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`--${option}=${text} was accepted`);
}

describe("a length of time", () => {
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
    ["365d", 365 * DAY],
    ["007", 7000],
  ])("%s is read, in ms", (text, ms) => {
    expect(lasting(text)).toBe(ms);
  });

  test.each(["10x", "s", "10 s", "1h30m", "1.", ".5.5", "1e3", "10S", "5min", "+5", "١", "0x10", "Infinity", "NaN"])(
    "%p is none, and examples are given",
    (text) => {
      expect(complaint("for", text)).toEndWith(": not a length of time; examples: 250ms, 10s, 5m, 2h, 1d");
    },
  );

  test("has a shortest and a longest", () => {
    expect(complaint("for", "0")).toBe("--for 0: too short; the shortest is 1ms");
    expect(complaint("for", "0.9ms")).toBe("--for 0.9ms: too short; the shortest is 1ms");
    expect(complaint("for", "366d")).toBe("--for 366d: too long; the longest is 365d");
    expect(complaint("for", "9".repeat(400))).toEndWith(
      "...9999999999999999999999999999: too long; the longest is 365d",
    );
  });
});

describe("a size", () => {
  test.each([
    ["1", 1],
    ["65536", 65_536],
    ["256K", 262_144],
    ["4M", 4_194_304],
    ["1G", 1_073_741_824],
    ["1073741824", 1_073_741_824],
    ["4k", 4096],
  ])("%s is read, in bytes", (text, bytes) => {
    expect(sized(text)).toBe(bytes);
  });

  test.each(["4KB", "4KiB", "K", "1.5M", "4T", "4 K", "-4K", "0x1000"])(
    "%p is none, and examples are given",
    (text) => {
      expect(complaint("ring-size", text)).toBe(`--ring-size ${text}: not a size; examples: 65536, 256K, 4M`);
    },
  );

  test("has a smallest and a largest", () => {
    expect(complaint("ring-size", "0")).toBe("--ring-size 0: a ring buffer holds at least 1 byte");
    expect(complaint("ring-size", "2G")).toBe("--ring-size 2G: too large; the largest ring buffer is 1G");
    expect(complaint("ring-size", "1073741825")).toEndWith(": too large; the largest ring buffer is 1G");
  });
});

describe("a count", () => {
  test("is a whole number from 1 to 2^53-1", () => {
    expect(parse(["--count", "1"]).parsed.count).toBe(1);
    expect(parse(["--count", "9007199254740991"]).parsed.count).toBe(Number.MAX_SAFE_INTEGER);
    expect(complaint("count", "0")).toBe("--count 0: nothing to wait for; the smallest is 1");
    expect(complaint("count", "9007199254740992")).toBe("--count 9007199254740992: too large");
    for (const text of ["1.5", "1e3", "-1", "ten", "0x10", " 5"]) {
      expect(complaint("count", text)).toBe(`--count ${text}: not a whole number`);
    }
  });
});

describe("a process id", () => {
  test("is a number from 1 to the kernel's largest", () => {
    expect(parse(["-p", "1,4194304"]).parsed.pid).toEqual([1, 4_194_304]);
    expect(complaint("pid", "0")).toBe("--pid 0: process ids begin at 1");
    expect(complaint("pid", "4194305")).toBe("--pid 4194305: process ids end at 4194304");
  });

  test.each(["abc", "1,", ",1", "1,,2", "1;2", "1 , , 2", "-1", "1.0", "0x10", "1,x,3"])("%p is none", (text) => {
    expect(complaint("pid", text)).toBe(`--pid ${text}: not a process id; give numbers, as in 4242 or 17,42`);
  });
});
