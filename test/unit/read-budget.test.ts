import { expect, test } from "bun:test";
import { ReadBudget } from "../../src/symbols/read-budget.ts";

test("ReadBudget: allows a burst, then a number of bytes per second", () => {
  const budget = new ReadBudget(100, 10, 0);
  for (const bytes of [60, 39]) {
    expect(budget.isOpen(0)).toBe(true);
    budget.spend(bytes);
  }
  expect(budget.isOpen(0)).toBe(true);
  budget.spend(21);
  expect(budget.isOpen(0)).toBe(false);
  expect(budget.isOpen(1999)).toBe(false);
  expect(budget.isOpen(2001)).toBe(true);
});

test("ReadBudget: saves up no more than the burst while unused", () => {
  const budget = new ReadBudget(100, 10, 0);
  expect(budget.isOpen(1_000_000)).toBe(true);
  budget.spend(100);
  expect(budget.isOpen(1_000_000)).toBe(false);
});
