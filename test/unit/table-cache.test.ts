import { expect, test } from "bun:test";
import { SymbolTable } from "../../src/symbols/symbol-table.ts";
import { TableCache } from "../../src/symbols/table-cache.ts";

/** Returns a table with that many bytes of names and without symbols. */
const tableOf = (bytes: number) =>
  new SymbolTable(new Float64Array(0), new Uint32Array(0), new Uint8Array(bytes), new Uint32Array(0));

test("TableCache: evicts the least recently used table", () => {
  const cache = new TableCache(4000);
  for (const key of ["a", "b", "c"]) cache.set(key, tableOf(1000));
  cache.get("a");
  cache.set("d", tableOf(1000));
  expect(["a", "b", "c", "d"].filter((key) => cache.get(key))).toEqual(["a", "c", "d"]);
});

test("TableCache: a large table evicts large tables before small ones", () => {
  const cache = new TableCache(10_000);
  cache.set("small", tableOf(100));
  cache.set("large", tableOf(6000));
  cache.set("larger", tableOf(8000));
  expect(["small", "large", "larger"].filter((key) => cache.get(key))).toEqual(["small", "larger"]);
  // "small" and "largest" together exceed the limit
  cache.set("largest", tableOf(9700));
  expect(["small", "larger", "largest"].filter((key) => cache.get(key))).toEqual(["largest"]);
});

test("TableCache: its bytes never exceed the limit", () => {
  const cache = new TableCache(100_000);
  for (let i = 0; i < 10_000; i++) {
    cache.set(`key ${i % 700}`, i % 3 ? tableOf((i * 7919) % 120_000) : null);
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
  }
});

test("TableCache: does not keep a table above the limit, and keeps tables set after it", () => {
  const cache = new TableCache(4000);
  cache.set("large", tableOf(5000));
  expect(cache.get("large")).toBeUndefined();
  expect(cache.bytes).toBe(0);
  cache.set("small", tableOf(10));
  expect(cache.get("small")).toBeDefined();
});

test("TableCache: returns null for a file that is known to have no symbols", () => {
  const cache = new TableCache(4000);
  expect(cache.get("a")).toBeUndefined();
  cache.set("a", null);
  expect(cache.get("a")).toBeNull();
});
