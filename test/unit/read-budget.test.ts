import { expect, test } from "bun:test";
import { ReadBudget } from "../../src/symbols/read-budget.ts";

test("so much at once, then so much each second", () => {
  const budget = new ReadBudget(100, 10, 0);
  expect(budget.take(60, 0)).toBe(true);
  expect(budget.take(41, 0)).toBe(false);
  expect(budget.take(40, 0)).toBe(true);
  expect(budget.take(1, 0)).toBe(false);
  expect(budget.take(5, 499)).toBe(false);
  expect(budget.take(5, 500)).toBe(true);
  expect(budget.take(1, 500)).toBe(false);
});

test("what was not used in a long time is no more than the burst", () => {
  const budget = new ReadBudget(100, 10, 0);
  expect(budget.take(101, 1_000_000)).toBe(false);
  expect(budget.take(100, 1_000_000)).toBe(true);
  expect(budget.take(1, 1_000_000)).toBe(false);
});
