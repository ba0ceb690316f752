import { describe, expect, test } from "bun:test";
import { RestartDelay } from "../../src/agent/restart-delay.ts";
import { Coverage } from "../../src/agent/coverage.ts";
import { formatTime, gapLine, gapText, parseTime } from "../../src/agent/gap.ts";
import { Progress } from "../../src/agent/progress.ts";

describe("agent, coverage", () => {
  test("the first tracer ever, no state: there is no gap", () => {
    const coverage = new Coverage(undefined);
    coverage.attach(100n);
    expect(coverage.takeGap()).toBeUndefined();
    expect(coverage.until).toBe(100n);
  });

  test("a state of an earlier agent: the gap begins there and ends when a tracer is attached", () => {
    const coverage = new Coverage(40n);
    expect(coverage.takeGap()).toBeUndefined();
    coverage.attach(100n);
    expect(coverage.takeGap()).toMatchObject({ from: 40n, to: 100n });
    expect(coverage.takeGap()).toBeUndefined();
    expect(coverage.gaps).toBe(1);
  });

  test("a tracer that died: the gap begins at the last time until which it had written", () => {
    const coverage = new Coverage(undefined);
    coverage.attach(100n);
    coverage.advance(150n);
    coverage.advance(140n);
    coverage.detach();
    expect(coverage.takeGap()).toBeUndefined();
    coverage.attach(200n);
    expect(coverage.takeGap()).toMatchObject({ from: 150n, to: 200n });
  });

  test("a tracer that died before the gap was reported: one gap spans both times", () => {
    const coverage = new Coverage(10n);
    coverage.attach(100n);
    coverage.detach();
    expect(coverage.takeGap()).toBeUndefined();
    coverage.attach(200n);
    expect(coverage.takeGap()).toMatchObject({ from: 10n, to: 200n });
    expect(coverage.gaps).toBe(1);
  });

  test("tracers that fail before they are attached: the gap goes on", () => {
    const coverage = new Coverage(undefined);
    coverage.attach(5n);
    for (let i = 0; i < 3; i++) coverage.detach();
    coverage.attach(9n);
    expect(coverage.takeGap()).toMatchObject({ from: 5n, to: 9n });
  });
});

describe("agent, times of the stream", () => {
  test("nanoseconds are exact, to and fro", () => {
    const text = "2026-11-30T09:00:00.123456789Z";
    expect(formatTime(parseTime(text)!)).toBe(text);
  });

  test.each(["", "2026-11-30T09:00:00Z", "2026-11-30T09:00:00.123456789+01:00", "2026-13-45T09:00:00.123456789Z"])(
    "%p is no time of the stream",
    (text) => {
      expect(parseTime(text)).toBeUndefined();
    },
  );

  test("the message about a gap: has its length, or says that the clock was set back", () => {
    const second = 1_000_000_000n;
    expect(gapText(second, second * 2n)).toContain("for up to 1.0 s, from 1970-01-01T00:00:01.000000000Z");
    expect(gapText(second * 2n, second)).toContain("it is unknown how long, as the clock was set back");
  });

  test("a clock that was set back: the gap has no length and does not end before it begins", () => {
    const [from, to] = [parseTime("2026-11-30T09:00:01.000000000Z")!, parseTime("2026-11-30T09:00:00.000000000Z")!];
    expect(JSON.parse(gapLine(from, to))).toEqual({
      event: "gap",
      time: "2026-11-30T09:00:00.000000000Z",
      from: "2026-11-30T09:00:00.000000000Z",
      to: "2026-11-30T09:00:00.000000000Z",
    });
  });
});

describe("agent, progress of the exporter", () => {
  test("the time follows what the exporter has read, not what was written", () => {
    const progress = new Progress(1n);
    progress.add(100, 10n);
    progress.add(200, 20n);
    progress.update(99);
    expect(progress.until).toBe(1n);
    progress.update(150);
    expect(progress.until).toBe(10n);
    progress.update(200);
    expect(progress.until).toBe(20n);
  });

  test("a clock that was set back: the time follows it, so that later gaps have their length", () => {
    const progress = new Progress(parseTime("2099-01-01T00:00:00.000000000Z")!);
    progress.add(10, 100n);
    progress.update(10);
    expect(progress.until).toBe(100n);
  });

  test("an exporter that reads nothing for hours: memory is bounded, and the time does not move", () => {
    const progress = new Progress(1n);
    for (let i = 1; i < 10_000; i++) progress.add(i, BigInt(i));
    progress.update(0);
    expect(progress.until).toBe(1n);
    progress.update(20_000);
    expect(progress.until).toBe(9999n);
  });
});

describe("agent, restart delay", () => {
  test("a process that fails at once: the delay doubles up to ten seconds", () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 9 }, () => delay.next(0));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  test("a process that ran ten times longer than the delay: the next delay is the shortest", () => {
    const delay = new RestartDelay();
    for (let i = 0; i < 4; i++) delay.next(0);
    expect(delay.next(15_999)).toBe(1600);
    expect(delay.next(32_000)).toBe(100);
  });
});
