import { heapStats } from "bun:jsc";
import { afterEach, beforeEach, expect, mock, spyOn, test } from "bun:test";
import { log } from "../../src/log.ts";
import { DropReporter } from "../../src/trace/drops.ts";

let warn: ReturnType<typeof spyOn<typeof log, "warn">>;
beforeEach(() => {
  warn = spyOn(log, "warn").mockImplementation(Object.assign(() => {}, { raw() {} }));
});
afterEach(() => {
  mock.restore();
});

const full =
  "the ring buffer (4096 bytes) was full; use a larger --ring-size or a filter (-x, -p), or read the output faster";
const missed =
  "this kernel can preempt a BPF program, and then skips it for other exits on that CPU; a filter (-x, -p) makes that rarer";
const warnings = () => warn.mock.calls.map(([line]) => line);

test("DropReporter: each cause of dropped exits has its own message", () => {
  const report = new DropReporter(4096);
  expect(report.update(0, 0)).toBe(0);
  expect(warnings()).toEqual([]);
  expect(report.update(12, 1)).toBe(13);
  expect(warnings()).toEqual([`12 exits lost: ${full}`, `1 exit lost: ${missed}`]);
});

test("DropReporter: counts new drops at once, and warns once a second", () => {
  let ms = 0;
  spyOn(performance, "now").mockImplementation(() => ms);
  const report = new DropReporter(4096);
  expect(report.update(3, 0)).toBe(3);
  ms += 900;
  expect(report.update(5, 2)).toBe(4);
  expect(warnings()).toEqual([`3 exits lost: ${full}`]);
  ms += 200;
  expect(report.update(6, 2)).toBe(1);
  expect(warnings().slice(1)).toEqual([`3 exits lost: ${full}`, `2 exits lost: ${missed}`]);
});

test("DropReporter: at the end of the trace, warns of all drops at once", () => {
  const report = new DropReporter(4096);
  report.update(3, 0);
  report.update(5000, 0, true);
  expect(warnings()).toEqual([`3 exits lost: ${full}`, `4997 exits lost: ${full}`]);
  report.update(5000, 0, true);
  expect(warnings()).toHaveLength(2);
});

test("DropReporter: an exit that the fallback program reports later is not subtracted", () => {
  const report = new DropReporter(4096);
  expect(report.update(0, 2)).toBe(2);
  expect(report.update(0, 1)).toBe(0);
  expect(report.update(1, 1)).toBe(0);
  expect(report.update(1, 2)).toBe(1);
});

test("DropReporter: allocates nothing while no exit is dropped", () => {
  const report = new DropReporter(4096);
  /** Returns the number of arrays, including those not collected yet. */
  const arrays = () => heapStats().objectTypeCounts["Array"] ?? 0;
  arrays();
  const before = arrays();
  // few enough calls to stay in the interpreter: a compiler could remove the allocation
  for (let i = 0; i < 400; i++) report.update(0, 0);
  expect(arrays() - before).toBeLessThan(200);
});
