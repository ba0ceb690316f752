import { expect, test } from "bun:test";
import { type Column, columns, pick, tutorialColumns } from "../../src/output/columns.ts";

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
