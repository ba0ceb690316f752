import { expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import type { ColumnKey } from "../../src/output/index.ts";
import { type Fields, line, formatOptions, type noResources } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

/** The keys in JSON, and the names of their fields in the record. */
const fields: [key: ColumnKey, field: keyof typeof noResources][] = [
  ["cpu_user_ns", "cpuUserNs"],
  ["cpu_system_ns", "cpuSystemNs"],
  ["max_rss_bytes", "maxRssBytes"],
  ["minor_faults", "minorFaults"],
  ["major_faults", "majorFaults"],
  ["voluntary_switches", "voluntarySwitches"],
  ["involuntary_switches", "involuntarySwitches"],
  ["read_bytes", "readBytes"],
  ["write_bytes", "writeBytes"],
];
const columns = fields.map(([key]) => key);
const json = createFormat("json", formatOptions({ columns: [...columns, "threads"] }));

/** Returns the line with these numbers. */
const lineOf = (numbers: readonly (bigint | number | null)[]) =>
  `{"event":"exit",${[...columns, "threads"].map((key, i) => `"${key}":${numbers[i]}`).join(",")}}`;

test("resources in JSON: one whole number each", () => {
  const values = fields.map((_, i) => BigInt(1000 + i));
  const resources = Object.fromEntries(fields.map(([, field], i) => [field, values[i]]));
  expect(line(json, { resources, threads: 7 })).toBe(lineOf([...values, 7]));
  expect(line(json, { threads: 1 })).toBe(lineOf([...values.map(() => 0), 1]));
});

test("resources in JSON and CSV: exact over the whole range of a u64", () => {
  const csv = createFormat("csv", formatOptions({ columns }));
  const random = new Random(9);
  const edges = [2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
  for (let i = 0; i < 2000; i++) {
    const values = fields.map(() => edges[i] ?? random.u64());
    const resources = Object.fromEntries(fields.map(([, field], at) => [field, values[at]]));
    expect(line(json, { resources, threads: 0xffff_ffff })).toBe(lineOf([...values, 0xffff_ffff]));
    expect(line(csv, { resources })).toBe(values.join(","));
  }
});

test.each(fields)("%s as the only column in JSON: exact", (key, field) => {
  const alone = createFormat("json", formatOptions({ columns: [key] }));
  const resources = { [field]: 9_007_199_254_740_993n };
  expect(line(alone, { resources })).toBe(`{"event":"exit","${key}":9007199254740993}`);
});

test("resources in JSON of a thread that is not the last of its process: null", () => {
  const thread: Partial<Fields> = { isProcess: false, resources: { cpuUserNs: 5n, readBytes: 5n }, threads: 2 };
  expect(line(json, thread)).toBe(lineOf([...columns.map(() => null), null]));
});

test("resources in JSON on a kernel without I/O accounting: only read_bytes and write_bytes are null", () => {
  const resources = { minorFaults: 3n, readBytes: 5n, writeBytes: 6n };
  expect(line(json, { hasIo: false, resources })).toBe(lineOf([0, 0, 0, 3, 0, 0, 0, null, null, 1]));
});

test("resources in JSON of a process with too many threads to add up: only max_rss_bytes and threads are known", () => {
  const resources = { cpuUserNs: 5n, maxRssBytes: 4096n, minorFaults: 3n, readBytes: 5n };
  const fields = { isUsageIncomplete: true, resources, threads: 20_000 };
  expect(line(json, fields)).toBe(lineOf([null, null, 4096, null, null, null, null, null, null, 20_000]));
});
