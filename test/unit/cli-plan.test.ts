import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { V1Controller } from "../../src/record/layout.ts";
import { tableKeys } from "../support/fake-exit.ts";
import { parseCgroupPath } from "../../src/filter/cgroup-paths.ts";
import { ALL_EXITS } from "../../src/filter/selection.ts";
import { fakeHost, plan } from "../support/fake-host.ts";

const only = <T>(...selected: T[]) => ({ selected, removed: [] });

test("plan() without options: every exit in a table on standard output, without an end", () => {
  expect(plan("")).toEqual({
    format: "table",
    columns: tableKeys,
    summary: undefined,
    groups: ["core", "killer"],
    showCrash: false,
    crashAllSignals: false,
    showKiller: true,
    showSender: false,
    isWide: false,
    isUtf8: true,
    label: undefined,
    userNames: "none",
    containerNames: "none",
    time: "local",
    hasHeader: true,
    hasColor: false,
    selection: ALL_EXITS,
    v1Controller: V1Controller.none,
    warnings: [],
    btfFile: undefined,
    withThreads: false,
    outputs: [{ fd: 1 }],
    truncates: false,
    command: undefined,
    count: Number.POSITIVE_INFINITY,
    duration: Number.POSITIVE_INFINITY,
    ringSize: 2 * 1024 * 1024,
    latency: 250,
    isFirstAtOnce: false,
  });
});

test("plan() with every option: each sets its field", () => {
  const others =
    "-T --csv -C pid,cgroup --label web --no-header -o exits.csv --truncate --count 3 --for 250ms --ring-size 4M --as nobody --no-wait --btf vmlinux.btf";
  const filters = "-x -p 17,42 -P 1 -n nginx* -n sh -u www-data,0 -s KILL,SEGV -c /docker -c /a/b --min-duration 1.5s";
  expect(plan(`${others} ${filters} -- make -j`)).toEqual({
    format: "csv",
    columns: ["pid", "cgroup"],
    summary: undefined,
    groups: ["core", "cgroup"],
    showCrash: false,
    crashAllSignals: false,
    showKiller: false,
    showSender: false,
    isWide: false,
    isUtf8: true,
    label: "web",
    userNames: "none",
    containerNames: "none",
    time: "local",
    hasHeader: false,
    hasColor: false,
    selection: {
      ...ALL_EXITS,
      onlyFailed: true,
      pids: only(17, 42),
      parents: only(1),
      names: only("nginx*", "sh"),
      users: only(33, 0),
      outcome: { signals: only(9, 11), codes: only<number>(), coreDumps: false, oomKills: false },
      cgroups: only(parseCgroupPath("/docker"), parseCgroupPath("/a/b")),
      minDuration: 1_500_000_000n,
    },
    v1Controller: V1Controller.pids,
    warnings: [],
    btfFile: "vmlinux.btf",
    withThreads: true,
    outputs: [{ file: "exits.csv" }],
    truncates: true,
    command: { words: ["make", "-j"], user: "nobody", waitsForAll: false, failOn: [] },
    count: 3,
    duration: 250,
    ringSize: 4 * 1024 * 1024,
    latency: 5,
    isFirstAtOnce: false,
  });
});

test("plan() of a child command: runs as the caller's user and waits for all descendants by default", () => {
  const command = ["sh", "-c", "exit 3"];
  expect(planTrace({ parsed: {}, command }, fakeHost()).command).toEqual({
    words: command,
    user: undefined,
    waitsForAll: true,
    failOn: [],
  });
});

test.each([
  ["", false, 250, false],
  ["", true, 200, true],
  ["--latency 1s", true, 1000, true],
  ["--latency 10ms", false, 10, false],
  ["--count 5", false, 5, false],
  ["--count 5 --latency 1s", true, 5, true],
  ["--latency 1ms --count 5", false, 1, false],
] as const)("options %j, on a terminal: %p: exits gather for %p ms", (line, isTerminal, latency, isFirstAtOnce) => {
  expect(plan(line, { isTerminal: () => isTerminal })).toMatchObject({ latency, isFirstAtOnce });
});

test("--per-thread, BCC's name: equals --threads", () => {
  expect(plan("--per-thread")).toEqual(plan("-T"));
  expect(plan("-T --per-thread").withThreads).toBeTrue();
});

test.each([
  ["", [{ fd: 1 }]],
  ["-- ls", [{ fd: 2 }]],
  ["--output=-", [{ fd: 1 }]],
  ["--output=- -- ls", [{ fd: 1 }]],
  ["-o -", [{ fd: 1 }]],
  ["-o /dev/stdout", [{ fd: 1 }]],
  ["-o /dev/stderr", [{ fd: 2 }]],
  ["-o /dev/fd/7", [{ fd: 7 }]],
  ["-o /proc/self/fd/7", [{ fd: 7 }]],
  ["-o exits.log -o -", [{ file: "exits.log" }, { fd: 1 }]],
  ["-o a,b", [{ file: "a,b" }]],
  ["--fifo -o a -o -", [{ file: "a", isFifo: true }, { fd: 1 }]],
] as [string, object[]][])("options %j: the outputs %j", (line, outputs) => {
  expect(plan(line).outputs as object[]).toEqual(outputs);
});

test.each([
  ["-o a -o a", "--output a is given twice; leave one out"],
  ["-o - -o /dev/stdout", "--output /dev/stdout is given twice; leave one out"],
  ["--truncate", "--truncate needs a file to empty: exitsnoop --truncate -o FILE"],
  ["--fifo", "--fifo needs the name of one: exitsnoop --fifo -o FILE"],
  ["--fifo --truncate -o a", "--fifo and --truncate contradict each other; leave one out"],
  ["--fifo --keep 8M -o a", "--keep is for a directory, and --fifo for a FIFO; leave one out"],
  ["--truncate -o -", "--truncate needs a file to empty: exitsnoop --truncate -o FILE"],
])("options %j: refused", (line, message) => {
  expect(() => plan(line)).toThrow(new UsageError(message));
});

test.each([
  ["", [1], true],
  ["", [2], false],
  ["-- ls", [2], true],
  ["-o /dev/stderr -o -", [1], false],
  ["-o /dev/stderr -o -", [1, 2], true],
  ["-o exits.log", [1, 2], false],
  ["-o exits.log -o -", [1, 2], false],
] as [string, number[], boolean][])(
  "options %j with terminals %j: table for people %p",
  (line, terminals, isForPeople) => {
    expect(plan(line, { isTerminal: (fd) => terminals.includes(fd) }).format === "people").toBe(isForPeople);
  },
);

test("--output=- on a terminal: colored, as without the option", () => {
  expect(plan("--output=-", { isTerminal: () => true }).hasColor).toBeTrue();
});

test("plan(): looks up all cgroups in one call, and none without --cgroup", () => {
  const lookups: (readonly string[])[] = [];
  const findCgroups = (paths: readonly string[]) => {
    lookups.push(paths);
    return { paths: [], missing: [], unseen: [], controller: V1Controller.none };
  };
  plan("-j", { findCgroups });
  expect(lookups).toEqual([]);
  plan("-c /a -c /b", { findCgroups });
  expect(lookups).toEqual([["/a", "/b"]]);
});

test("plan() of a cgroup that does not exist yet or cannot be looked up: gives a warning", () => {
  expect(plan("-c /missing/a -c /docker -c /missing/\x1b[m").warnings).toEqual([
    "no cgroup /missing/a yet; waiting for it",
    "no cgroup $'/missing/\\x1b[m' yet; waiting for it",
  ]);
  expect(plan("-c /unseen").warnings).toEqual(["cannot check from here whether cgroup /unseen exists; waiting for it"]);
});

test("plan() without --cgroup: takes the cgroup v1 controller from the host", () => {
  expect(plan("", { v1Controller: () => V1Controller.memory }).v1Controller).toBe(V1Controller.memory);
});

test.each([
  ["1ms", 1_000_000n],
  ["0.25", 250_000_000n],
  ["1.001s", 1_001_000_000n],
  ["365d", 31_536_000_000_000_000n],
])("--min-duration %s: exact in ns", (text, ns) => {
  expect(plan(`--min-duration ${text}`).selection.minDuration).toBe(ns);
});

test.each([
  ["0", 0],
  ["root", 0],
  ["www-data", 33],
  ["4294967294", 4_294_967_294],
])("--user %s: uid %p", (user, uid) => {
  expect(plan(`-u ${user}`).selection.users).toEqual(only(uid));
});

test.each([
  ["-j", "json"],
  ["-f json", "json"],
  ["-j -f json", "json"],
  ["-f table", "table"],
  ["-f csv", "csv"],
  ["-f ecli", "ecli"],
])("%s: format %s", (line, format) => {
  expect(plan(line) as object).toMatchObject({ format });
});

test.each([
  ["-t", "local"],
  ["--utc", "utc"],
  ["--time iso", "iso"],
  ["-t --time local", "local"],
  ["--utc --time utc", "utc"],
  ["--time none -f table", "none"],
])("%s: time %s", (line, time) => {
  expect(plan(line) as object).toMatchObject({ time });
});

describe("hasColor:", () => {
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
  ])("options %j, on a terminal %p, environment %j: %p", (line, isTerminal, environment, hasColor) => {
    expect(plan(line, { isTerminal: () => isTerminal, environment }).hasColor).toBe(hasColor);
  });
});
