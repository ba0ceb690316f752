import { expect, test } from "bun:test";
import { busyTime, parseBusyTime } from "../../src/system/cpu-time.ts";

const TICK_NS = 10_000_000;

test("parseBusyTime(): user, nice, system, irq and softirq of all CPUs", () => {
  expect(parseBusyTime("cpu  1 20 300 4000 50000 600000 7000000 80000000 900000000 1\ncpu0 1 2\n")).toBe(
    7_600_321 * TICK_NS,
  );
});

test.each(["", "cpu0 1 2 3 4 5 6 7\n", "cpu  1 2 3\n", "cpu  1 2 3 4 5 6 7", "cpu  a b\n"])(
  "parseBusyTime(%p): undefined",
  (stat) => {
    expect(parseBusyTime(stat)).toBeUndefined();
  },
);

test("busyTime(): grows at most as fast as all CPUs can work", async () => {
  const [before, start] = [busyTime()!, performance.now()];
  while (performance.now() - start < 100) Math.random();
  const busy = (busyTime()! - before) / 1e6;
  expect(busy).toBeGreaterThan(0);
  expect(busy).toBeLessThan((performance.now() - start + 20) * navigator.hardwareConcurrency);
});
