import { afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { log } from "../../src/log.ts";
import { ByteWriter } from "../../src/output/index.ts";
import { SummaryOutput } from "../../src/trace/summary-output.ts";
import { fakeExit } from "../support/fake-exit.ts";
import { summaryOf } from "../support/summaries.ts";

afterEach(() => {
  mock.restore();
});

/** A live summary in JSON, with clocks that the test moves. */
class Live {
  ms = 0;
  busyMs: number | undefined = 0;
  isBehind = false;
  isHeld = false;
  #exits = 0;
  #texts: string[] = [];
  readonly summary = summaryOf("json");
  readonly output: SummaryOutput;

  constructor(interval: number) {
    const outputs = {
      name: "standard output",
      isBehind: false,
      flush: (out: ByteWriter) => {
        this.#texts.push(new TextDecoder().decode(out.bytes.subarray(0, out.length)));
        out.reset();
      },
    };
    Object.defineProperty(outputs, "isBehind", { get: () => this.isBehind });
    const clocks = {
      now: () => this.ms,
      wall: () => 1_795_441_481_000 + this.ms,
      busyNs: () => (this.busyMs === undefined ? undefined : 1e6 * this.busyMs),
    };
    this.output = new SummaryOutput(this.summary, outputs, interval, () => this.isHeld, clocks);
  }

  /** Reads a batch of that many exits at a time. Returns the totals that are written. */
  at(ms: number, exits = 0, isRequested = false): object[] {
    this.ms = ms;
    for (let i = 0; i < exits; i++) this.summary.exit(new ByteWriter(), fakeExit());
    this.#exits += exits;
    this.output.update({ isSummaryRequested: isRequested }, this.#exits);
    return this.written();
  }

  written(): object[] {
    return this.#texts.splice(0).map((text) => {
      const { time, from, exits, busy_ns } = JSON.parse(text.trimEnd().split("\n").at(-1)!);
      const seconds = (value: string) => (Date.parse(value) - 1_795_441_481_000) / 1000;
      return { from: seconds(from), to: seconds(time), exits, busy: busy_ns === null ? null : busy_ns / 1e9 };
    });
  }

  finish(): object[] {
    this.output.finish();
    return this.written();
  }
}

describe("SummaryOutput with an interval:", () => {
  test("each exit is in one summary, and each summary has its time and busy time", () => {
    const live = new Live(1000);
    expect(live.at(400, 3)).toEqual([]);
    live.busyMs = 250;
    expect(live.at(1000, 2)).toEqual([{ from: 0, to: 1, exits: 5, busy: 0.25 }]);
    expect(live.at(1500, 1)).toEqual([]);
    live.busyMs = 1000;
    expect(live.at(2000)).toEqual([{ from: 1, to: 2, exits: 1, busy: 0.75 }]);
    expect(live.at(3000)).toEqual([{ from: 2, to: 3, exits: 0, busy: 0 }]);
  });

  test("a late summary covers the time up to it, and does not delay the next one", () => {
    const live = new Live(1000);
    expect(live.at(2400, 1)).toEqual([{ from: 0, to: 2.4, exits: 1, busy: 0 }]);
    expect(live.output.maxSleep()).toBe(600);
    expect(live.at(2900)).toEqual([]);
    expect(live.at(3000)).toEqual([{ from: 2.4, to: 3, exits: 0, busy: 0 }]);
  });

  test("the end: the rest of the last interval, unless no process has exited in it", () => {
    const live = new Live(1000);
    live.at(1000, 1);
    live.ms = 1500;
    expect(live.finish()).toEqual([]);
    live.at(1600, 2);
    expect(live.finish()).toEqual([{ from: 1, to: 1.6, exits: 2, busy: 0 }]);
  });

  test("the tracer sleeps until the next summary", () => {
    const live = new Live(1000);
    live.ms = 300;
    expect(live.output.maxSleep()).toBe(700);
    live.ms = 1200;
    expect(live.output.maxSleep()).toBe(1);
  });

  test.each(["isBehind", "isHeld"] as const)("%s: the interval goes on, and the tracer need not wake up", (reason) => {
    const live = new Live(1000);
    live[reason] = true;
    expect(live.at(1000, 2)).toEqual([]);
    expect(live.output.maxSleep()).toBe(Number.POSITIVE_INFINITY);
    expect(live.at(2500, 2)).toEqual([]);
    live[reason] = false;
    expect(live.at(2600, 1)).toEqual([{ from: 0, to: 2.6, exits: 5, busy: 0 }]);
  });
});

describe("SummaryOutput without an interval:", () => {
  test("writes at the end, also without exits", () => {
    const live = new Live(Number.POSITIVE_INFINITY);
    expect(live.at(10_000, 4)).toEqual([]);
    expect(live.output.maxSleep()).toBe(Number.POSITIVE_INFINITY);
    expect(live.finish()).toEqual([{ from: 0, to: 10, exits: 4, busy: 0 }]);
    expect(new Live(Number.POSITIVE_INFINITY).finish()).toEqual([{ from: 0, to: 0, exits: 0, busy: 0 }]);
  });

  test("writes on request, and the sums go on", () => {
    const live = new Live(Number.POSITIVE_INFINITY);
    live.busyMs = 500;
    expect(live.at(1000, 1, true)).toEqual([{ from: 0, to: 1, exits: 1, busy: 0.5 }]);
    expect(live.at(1100)).toEqual([]);
    expect(live.at(2000, 1, true)).toEqual([{ from: 0, to: 2, exits: 2, busy: 0.5 }]);
    expect(live.finish()).toEqual([{ from: 0, to: 2, exits: 2, busy: 0.5 }]);
  });

  test("a request while the output has no room: is met later", () => {
    const live = new Live(Number.POSITIVE_INFINITY);
    live.isBehind = true;
    expect(live.at(1000, 1, true)).toEqual([]);
    live.isBehind = false;
    expect(live.at(1200)).toEqual([{ from: 0, to: 1.2, exits: 1, busy: 0 }]);
  });

  test("unknown busy time: null", () => {
    const live = new Live(Number.POSITIVE_INFINITY);
    live.busyMs = undefined;
    expect(live.finish()).toEqual([{ from: 0, to: 0, exits: 0, busy: null }]);
  });

  test("no room for the last summary: a warning, and its exits are lost", () => {
    const warn = spyOn(log, "warn").mockImplementation(Object.assign(() => {}, { raw() {} }));
    const live = new Live(Number.POSITIVE_INFINITY);
    live.at(1000, 3);
    live.isBehind = true;
    expect(live.output.finish()).toBe(3);
    expect(warn.mock.calls).toEqual([["standard output had no room for the last summary"]]);
  });
});
