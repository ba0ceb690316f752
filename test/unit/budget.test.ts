import { expect, test } from "bun:test";
import { Budget } from "../../src/system/budget.ts";

test("Budget: allows a burst, then an amount per second", () => {
  const budget = new Budget(100, 10, 0);
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

test("Budget: saves up no more than the burst while unused", () => {
  const budget = new Budget(100, 10, 0);
  expect(budget.isOpen(1_000_000)).toBe(true);
  budget.spend(100);
  expect(budget.isOpen(1_000_000)).toBe(false);
});
