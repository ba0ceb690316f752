import { expect, test } from "bun:test";
import {
  type Column,
  columnKeys,
  columns,
  type Group,
  keysOf,
  pick,
  tutorialColumns,
} from "../../src/output/columns.ts";
import { usualKeys } from "../support/fake-exit.ts";

test("keys and headings are unique, and keys are words that need no quotes anywhere", () => {
  const all: readonly Column[] = columns;
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  expect(new Set(all.map(({ heading }) => heading)).size).toBe(all.length);
  for (const { key } of all) expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

test("every heading fits in its column", () => {
  for (const { heading, width } of columns) expect([heading, heading.length <= width]).toEqual([heading, true]);
});

test("columns come in the order in which they are asked for", () => {
  expect(pick(["comm", "pid", "time"]).map(({ key }) => key)).toEqual(["comm", "pid", "time"]);
  expect(pick([])).toEqual([]);
});

test("the tutorial's columns are these", () => {
  expect(tutorialColumns).toEqual(["time", "pid", "ppid", "exit_code", "duration_ns", "comm"]);
});

test("groups have the columns of the contract's, in JSON's order", () => {
  expect(keysOf(["core"])).toEqual(usualKeys.filter((key) => key !== "killed_by"));
  expect(keysOf(["killer"])).toEqual(["killed_by"]);
  expect(keysOf(["killer", "core"])).toEqual([...usualKeys]);
  expect(keysOf(["threads"])).toEqual(["tid"]);
  expect(keysOf(["resources"]).map((key) => key.split("_").at(-1)!)).toEqual(
    "ns ns bytes faults faults switches switches bytes bytes threads".split(" "),
  );
  expect(keysOf(["exec"])).toEqual(["args", "args_truncated", "exe"]);
  expect(keysOf(["cgroup"])).toEqual(["cgroup", "container_id", "pod_uid"]);
  expect(keysOf(["namespace"])).toEqual(["ns_pid", "local_pid"]);
  expect(keysOf([])).toEqual([]);
});

test("every column has a group and a sentence of help without a full stop", () => {
  for (const { help } of columns) expect(help).toMatch(/^[^A-Z].*[^.]$|^CPU .*[^.]$/);
  const groups: Group[] = ["core", "threads", "killer", "resources", "exec", "cgroup", "namespace"];
  expect(keysOf(groups)).toEqual([...columnKeys]);
});

test("only what may be of any length is elastic", () => {
  const all: readonly Column[] = columns;
  expect(all.filter(({ canTruncate }) => canTruncate).map(({ key }) => key)).toEqual([
    "args",
    "exe",
    "cgroup",
    "container_id",
  ]);
});

test("the keys of CSV's fields are unique and begin with their column's", () => {
  const all: readonly Column[] = columns;
  const keys = all.flatMap(({ key, parts }) => parts?.map((part) => part.key) ?? [key]);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { key, parts } of all) for (const part of parts ?? []) expect(part.key).toStartWith(`${key}_`);
});
