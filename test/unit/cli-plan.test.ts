import { describe, expect, test } from "bun:test";
import { planTrace } from "../../src/cli/plan.ts";
import { V1Controller } from "../../src/record/layout.ts";
import { tableKeys } from "../support/fake-exit.ts";
import { parseCgroupPath } from "../../src/filter/cgroup-paths.ts";
import { fakeWorld, plan } from "../support/fake-world.ts";

const nothingWanted = {
  onlyFailed: false,
  pids: [],
  parents: [],
  names: [],
  users: [],
  signals: [],
  cgroups: [],
  minDuration: 0n,
};

test("without options every exit goes to a table, until Ctrl-C", () => {
  expect(plan("")).toEqual({
    format: "table",
    columns: tableKeys,
    groups: ["core", "killer"],
    showKiller: true,
    time: "local",
    hasHeader: true,
    hasColor: false,
    selection: nothingWanted,
    v1Controller: V1Controller.none,
    warnings: [],
    btfFile: undefined,
    withThreads: false,
    output: { fd: 1 },
    command: undefined,
    count: Number.POSITIVE_INFINITY,
    duration: Number.POSITIVE_INFINITY,
    ringSize: 1024 * 1024,
  });
});

test("every option finds its place", () => {
  const given =
    "-T -f csv -C pid,cgroup --no-header -o exits.csv --count 3 --for 250ms --ring-size 4M --as nobody --no-wait --btf vmlinux.btf";
  const filters = "-x -p 17,42 -P 1 -n nginx* -n sh -u www-data,0 -s KILL,SEGV -c /docker -c /a/b --min-duration 1.5s";
  expect(plan(`${given} ${filters} -- make -j`)).toEqual({
    format: "csv",
    columns: ["pid", "cgroup"],
    groups: ["core", "cgroup"],
    showKiller: false,
    time: "local",
    hasHeader: false,
    hasColor: false,
    selection: {
      onlyFailed: true,
      pids: [17, 42],
      parents: [1],
      names: ["nginx*", "sh"],
      users: [33, 0],
      signals: [9, 11],
      cgroups: [parseCgroupPath("/docker"), parseCgroupPath("/a/b")],
      minDuration: 1_500_000_000n,
    },
    v1Controller: V1Controller.pids,
    warnings: [],
    btfFile: "vmlinux.btf",
    withThreads: true,
    output: { file: "exits.csv" },
    command: { words: ["make", "-j"], user: "nobody", waitsForAll: false },
    count: 3,
    duration: 250,
    ringSize: 4 * 1024 * 1024,
  });
});

test("of a command all is awaited, as whoever we are, unless told otherwise", () => {
  const command = ["sh", "-c", "exit 3"];
  expect(planTrace({ parsed: {}, command }, fakeWorld()).command).toEqual({
    words: command,
    user: undefined,
    waitsForAll: true,
  });
});

test("--per-thread, as BCC has it, is --threads", () => {
  expect(plan("--per-thread")).toEqual(plan("-T"));
  expect(plan("-T --per-thread").withThreads).toBeTrue();
});

test("--output=- is standard output", () => {
  expect(plan("--output=-").output).toEqual({ fd: 1 });
  expect(plan("--output=- -- ls").output).toEqual({ fd: 1 });
});

test("-o - is --output=-", () => {
  expect(plan("-o -").output).toEqual({ fd: 1 });
});

test("--output=- on a terminal is as colored as without it", () => {
  expect(plan("--output=-", { isTerminal: () => true }).hasColor).toBeTrue();
});

test("a cgroup is looked for once, and only where one is asked for", () => {
  const asked: (readonly string[])[] = [];
  const findCgroups = (paths: readonly string[]) => {
    asked.push(paths);
    return { paths: [], missing: [], unseen: [], controller: V1Controller.none };
  };
  plan("-j", { findCgroups });
  expect(asked).toEqual([]);
  plan("-c /a -c /b", { findCgroups });
  expect(asked).toEqual([["/a", "/b"]]);
});

test("a cgroup that does not exist yet or cannot be looked up: gives a warning", () => {
  expect(plan("-c /missing/a -c /docker -c /missing/\x1b[m").warnings).toEqual([
    "no cgroup /missing/a yet; waiting for it",
    "no cgroup $'/missing/\\x1b[m' yet; waiting for it",
  ]);
  expect(plan("-c /unseen").warnings).toEqual(["cannot check from here whether cgroup /unseen exists; waiting for it"]);
});

test("without a wanted cgroup the machine says which of v1's hierarchies knows best", () => {
  expect(plan("", { v1Controller: () => V1Controller.memory }).v1Controller).toBe(V1Controller.memory);
});

test.each([
  ["1ms", 1_000_000n],
  ["0.25", 250_000_000n],
  ["1.001s", 1_001_000_000n],
  ["365d", 31_536_000_000_000_000n],
])("--min-duration %s is exact in ns", (text, ns) => {
  expect(plan(`--min-duration ${text}`).selection.minDuration).toBe(ns);
});

test.each([
  ["0", 0],
  ["root", 0],
  ["www-data", 33],
  ["4294967294", 4_294_967_294],
])("the user %s is %p", (user, uid) => {
  expect(plan(`-u ${user}`).selection.users).toEqual([uid]);
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
    ["-o exits.log", true, {}, false],
    ["-o exits.log --color always", false, {}, true],
    ["-- ls", true, {}, true],
  ])("exitsnoop %s, on a terminal: %p, with %j: %p", (line, isTerminal, environment, hasColor) => {
    expect(plan(line, { isTerminal: () => isTerminal, environment }).hasColor).toBe(hasColor);
  });
});
