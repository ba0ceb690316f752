import { describe, expect, test } from "bun:test";
import { columnKeys } from "../../src/output/index.ts";
import { tableKeys, defaultKeys } from "../support/fake-exit.ts";
import { plan } from "../support/fake-host.ts";

const sorted = (words: readonly string[]) => [...words].sort();
const threadKeys: readonly string[] = ["tid", "thread_comm"];
const without = (keys: readonly string[], ...some: readonly string[]) => keys.filter((key) => !some.includes(key));
/** Adds the keys that JSON has with --threads, in their places. */
const withThreads = (keys: readonly string[]) => [
  ...[...keys.slice(0, 3), "tid", keys[3]!, "thread_comm"],
  ...keys.slice(4),
];

describe("default columns:", () => {
  test("table and ecli: the tutorial's columns", () => {
    for (const line of ["", "-f table", "-f ecli"]) expect(plan(line).columns as string[]).toEqual([...tableKeys]);
  });

  test("JSON and CSV: the columns that cost nothing to collect", () => {
    for (const line of ["-j", "-f json", "-f csv"]) expect(plan(line).columns as string[]).toEqual([...defaultKeys]);
  });

  test("--threads: adds tid after pid, and to JSON and CSV thread_comm; no other option does", () => {
    expect(plan("-T").columns).toEqual(["time", "pid", "tid", "ppid", "exit_code", "duration_ns", "comm"]);
    for (const line of ["-T -j", "-T -f csv"]) expect(plan(line).columns as string[]).toEqual(withThreads(defaultKeys));
    for (const line of ["", "-j", "-f csv", "-w", "-w -j"]) {
      for (const key of threadKeys) expect(plan(line).columns as string[]).not.toContain(key);
    }
  });
});

describe("--wide:", () => {
  test("JSON and CSV: every column, in JSON's order", () => {
    for (const format of ["json", "csv"]) {
      expect(plan(`-w -f ${format}`).columns).toEqual(without(columnKeys, ...threadKeys) as never[]);
      expect(plan(`-wT -f ${format}`).columns).toEqual([...columnKeys]);
    }
  });

  test("table: no ids, no start time and no column that another one includes; long ones at the end", () => {
    const included = [
      "signal",
      "core_dumped",
      "args_truncated",
      "thread_comm",
      "start_time",
      "id",
      "parent_id",
      "user",
    ];
    const shown = without(columnKeys, ...included);
    expect(sorted(plan("-wT").columns)).toEqual(sorted(shown) as never[]);
    expect(plan("-w").columns).toEqual(without(plan("-wT").columns, "tid") as never[]);
    expect(plan("-w").columns.slice(0, 6)).toEqual([...tableKeys]);
    expect(plan("-w").columns.slice(-3)).toEqual(["crash", "exe", "args"]);
  });
});

test.each(["table", "json", "csv"])("--columns with --format %s: kept in their order", (format) => {
  expect(plan(`-f ${format} -C comm,pid,args`).columns).toEqual(["comm", "pid", "args"]);
  expect(plan(`-f ${format} -T -C pid`).columns).toEqual(["pid"]);
  expect(plan(`-f ${format} -C tid,pid`).columns).toEqual(["tid", "pid"]);
});

describe("groups of fields that the recorder collects:", () => {
  test.each([
    ["", ["core", "killer"]],
    ["-T", ["core", "killer", "threads"]],
    ["-j", ["core", "killer"]],
    ["-f csv", ["core", "killer"]],
    ["-j -T", ["core", "killer", "threads"]],
    ["-f ecli", ["core"]],
    ["-w", ["cgroup", "core", "crash", "exec", "killer", "names", "namespace", "origin", "resources"]],
    ["-w -j", ["cgroup", "core", "crash", "exec", "killer", "names", "namespace", "origin", "resources"]],
    [
      "-wT -f csv",
      ["cgroup", "core", "crash", "exec", "killer", "names", "namespace", "origin", "resources", "threads"],
    ],
    ["-w --no-crash", ["cgroup", "core", "exec", "killer", "names", "namespace", "origin", "resources"]],
    ["-C crash,pid", ["core", "crash"]],
    ["-j -C origin,pid", ["core", "names", "origin"]],
    ["-j -C +crash", ["core", "crash", "killer"]],
    ["-C pid,comm", ["core"]],
    ["-j -C pid,comm", ["core"]],
    ["-C killed_by", ["killer"]],
    ["-C threads", ["resources"]],
    ["-C max_rss_bytes,write_bytes", ["resources"]],
    ["-C exe", ["exec"]],
    ["-C args_truncated,pid", ["core", "exec"]],
    ["-j -C container_id", ["cgroup"]],
    ["-C pod_uid,cgroup,tid", ["cgroup", "threads"]],
    ["-C ns_pid", ["namespace"]],
    ["-j -C local_pid,pid", ["core", "namespace"]],
  ])("%p: %p", (line, groups) => {
    expect(sorted(plan(line).groups)).toEqual(groups);
  });
});

test("showKiller: true only for a table with its default columns", () => {
  for (const line of ["", "-f table", "-T", "-x --utc", "-- ls"]) expect(plan(line).showKiller).toBeTrue();
  for (const line of ["-w", "-C pid,comm", "-C time,pid,ppid,exit_code,duration_ns,comm", "-j", "-f csv", "-f ecli"]) {
    expect(plan(line).showKiller).toBeFalse();
  }
});
