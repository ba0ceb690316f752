import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/cli/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";

/** What such a command line makes the program do, on a terminal or not. */
function plan(line: string, isTerminal = false, environment: Record<string, string> = {}) {
  return planTrace(parse(line.split(" ").filter(Boolean)), isTerminal, environment);
}

test("without options every exit goes to a table, until Ctrl-C", () => {
  expect(plan("")).toEqual({
    format: "table",
    time: "local",
    hasHeader: true,
    hasColor: false,
    onlyFailed: false,
    pids: [],
    count: Number.POSITIVE_INFINITY,
    duration: Number.POSITIVE_INFINITY,
    ringSize: 256 * 1024,
  });
});

test("every option finds its place", () => {
  expect(plan("-x -p 17,42 -f csv --no-header --count 3 --for 250ms --ring-size 4M")).toEqual({
    format: "csv",
    time: "local",
    hasHeader: false,
    hasColor: false,
    onlyFailed: true,
    pids: [17, 42],
    count: 3,
    duration: 250,
    ringSize: 4 * 1024 * 1024,
  });
});

test.each([
  ["-j", "json"],
  ["-f json", "json"],
  ["-j -f json", "json"],
  ["-f table", "table"],
  ["-f csv", "csv"],
  ["-f ecli", "ecli"],
])("%s is the format %s", (line, format) => {
  expect(plan(line) as object).toMatchObject({ format });
});

test.each([
  ["-t", "local"],
  ["--utc", "utc"],
  ["--time iso", "iso"],
  ["-t --time local", "local"],
  ["--utc --time utc", "utc"],
  ["--time none -f table", "none"],
])("%s is the time %s", (line, time) => {
  expect(plan(line) as object).toMatchObject({ time });
});

describe("colors", () => {
  test.each<[line: string, isTerminal: boolean, environment: Record<string, string>, hasColor: boolean]>([
    ["", true, {}, true],
    ["", false, {}, false],
    ["--color auto", true, { TERM: "xterm" }, true],
    ["", true, { TERM: "dumb" }, false],
    ["", true, { NO_COLOR: "1" }, false],
    // no-color.org: set and not empty
    ["", true, { NO_COLOR: "" }, true],
    ["--color always", false, { NO_COLOR: "1", TERM: "dumb" }, true],
    ["--color never", true, {}, false],
    ["-j", true, {}, false],
    ["-f csv --color always", true, {}, false],
    ["-f ecli", true, {}, false],
  ])("exitsnoop %s, on a terminal: %p, with %j: %p", (line, isTerminal, environment, hasColor) => {
    expect(plan(line, isTerminal, environment).hasColor).toBe(hasColor);
  });
});

describe("options that contradict each other are told in one sentence", () => {
  test.each([
    ["--json --format csv", ["--json", "--format csv"]],
    ["-j -f table", ["--json", "--format table"]],
    ["-t --utc", ["--timestamp", "--utc"]],
    ["--time iso --utc", ["--time iso", "--utc"]],
    ["--time none -t", ["--time none", "--timestamp"]],
  ])("%s", (line, names) => {
    const contradiction = `${names.join(" and ")} contradict each other; leave one out`;
    // the class for the exit status, and the whole sentence: toThrow() compares only one of them
    expect(() => plan(line)).toThrow(UsageError);
    expect(() => plan(line)).toThrow(new UsageError(contradiction));
  });

  const machines = "RFC 3339 times in UTC with nanoseconds";
  test.each([
    ["-j --utc", "--utc", "json", machines],
    ["-f csv -t", "--timestamp", "csv", machines],
    ["-f csv --time unix", "--time unix", "csv", machines],
    ["-f ecli --time iso", "--time iso", "ecli", "the local time, as ecli prints it"],
  ])("%s: a format that is a contract has its own times", (line, asked, format, times) => {
    const sentence = `${asked} shapes the table; --format ${format} always has ${times}; leave ${asked} out`;
    expect(() => plan(line)).toThrow(UsageError);
    expect(() => plan(line)).toThrow(new UsageError(sentence));
  });
});
