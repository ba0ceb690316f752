import { expect, test } from "bun:test";
import {
  type Column,
  type ColumnKey,
  columnKeys,
  columns,
  type Group,
  keysOf,
  pick,
  tutorialColumns,
} from "../../src/output/columns.ts";
import { defaultKeys } from "../support/fake-exit.ts";

test("columns: keys are unique, and headings except USER's, and keys are lower-case words joined by underscores", () => {
  const all: readonly Column[] = columns;
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  const headings = all.filter(({ key }) => key !== "user").map(({ heading }) => heading);
  expect(new Set(headings).size).toBe(headings.length);
  for (const { key } of all) expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

test("columns: every heading fits in its width", () => {
  for (const { heading, width } of columns) expect([heading, heading.length <= width]).toEqual([heading, true]);
});

test("pick(): returns columns in the requested order", () => {
  expect(pick(["comm", "pid", "time"]).map(({ key }) => key)).toEqual(["comm", "pid", "time"]);
  expect(pick([])).toEqual([]);
});

test("tutorialColumns: time, pid, ppid, exit_code, duration_ns, comm", () => {
  expect(tutorialColumns).toEqual(["time", "pid", "ppid", "exit_code", "duration_ns", "comm"]);
});

test("keysOf() groups: returns their columns in JSON's order", () => {
  const killer: ColumnKey[] = ["killed_by", "oom"];
  expect(keysOf(["core"])).toEqual(defaultKeys.filter((key) => !killer.includes(key)));
  expect(keysOf(["killer"])).toEqual(killer);
  expect(keysOf(["killer", "core"])).toEqual([...defaultKeys]);
  expect(keysOf(["threads"])).toEqual(["tid", "thread_comm"]);
  expect(keysOf(["resources"]).map((key) => key.split("_").at(-1)!)).toEqual(
    "ns ns bytes faults faults switches switches bytes bytes threads".split(" "),
  );
  expect(keysOf(["exec"])).toEqual(["args", "args_truncated", "exe"]);
  expect(keysOf(["cgroup"])).toEqual(["cgroup", "container_id", "pod_uid"]);
  expect(keysOf(["namespace"])).toEqual(["ns_pid", "local_pid"]);
  expect(keysOf(["names"])).toEqual(["container_name", "pod_name", "pod_namespace"]);
  expect(keysOf([])).toEqual([]);
});

test("columns: every column has a group, and a line of help without a full stop", () => {
  for (const { help } of columns) expect(help).toMatch(/^[^A-Z].*[^.]$|^CPU .*[^.]$/);
  const groups: Group[] = [
    ...(["core", "threads", "killer", "resources", "exec", "cgroup", "namespace", "names", "origin", "crash"] as const),
  ];
  expect(keysOf(groups)).toEqual([...columnKeys]);
});

test("columns: those of unbounded length can be truncated", () => {
  const all: readonly Column[] = columns;
  expect(all.filter(({ canTruncate }) => canTruncate).map(({ key }) => key)).toEqual([
    "args",
    "exe",
    "cgroup",
    "container_id",
    ...["ancestors", "unit", "user_unit", "slice", "hostname"],
    ...["container_name", "pod_name", "pod_namespace", "cwd"],
    "crash",
  ]);
});

test("columns: the keys of CSV fields are unique and begin with their column's key", () => {
  const all: readonly Column[] = columns;
  const keys = all.flatMap(({ key, parts }) => parts?.map((part) => part.key) ?? [key]);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { key, parts } of all) for (const part of parts ?? []) expect(part.key).toStartWith(`${key}_`);
});
