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

const full = "the ring buffer (4096 bytes) was full; a larger --ring-size, a filter (-x, -p) or a faster reader helps";
const missed =
  "this kernel can preempt a BPF program, and then skips it for other exits on that CPU; a filter (-x, -p) makes it rarer";
const told = () => warn.mock.calls.map(([line]) => line);

test("each way to lose exits has its own words", () => {
  const report = new DropReporter(4096);
  expect(report.update(0, 0)).toBe(0);
  expect(told()).toEqual([]);
  expect(report.update(12, 1)).toBe(13);
  expect(told()).toEqual([`12 exits lost: ${full}`, `1 exit lost: ${missed}`]);
});

test("new ones are counted at once, and told of once a second", () => {
  let ms = 0;
  spyOn(performance, "now").mockImplementation(() => ms);
  const report = new DropReporter(4096);
  expect(report.update(3, 0)).toBe(3);
  ms += 900;
  expect(report.update(5, 2)).toBe(4);
  expect(told()).toEqual([`3 exits lost: ${full}`]);
  ms += 200;
  expect(report.update(6, 2)).toBe(1);
  expect(told().slice(1)).toEqual([`3 exits lost: ${full}`, `2 exits lost: ${missed}`]);
});

test("whom a stand-in told of after all is not taken back", () => {
  const report = new DropReporter(4096);
  expect(report.update(0, 2)).toBe(2);
  expect(report.update(0, 1)).toBe(0);
  expect(report.update(1, 1)).toBe(0);
  expect(report.update(1, 2)).toBe(1);
});

test("where there is nothing to tell, nothing is allocated", () => {
  const report = new DropReporter(4096);
  /** Live, or not collected yet. */
  const arrays = () => heapStats().objectTypeCounts["Array"] ?? 0;
  arrays();
  const before = arrays();
  // as few as leave it to the interpreter: a compiler may find that it need not
  for (let i = 0; i < 400; i++) report.update(0, 0);
  expect(arrays() - before).toBeLessThan(200);
});
