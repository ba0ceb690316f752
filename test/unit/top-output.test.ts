import { afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { log } from "../../src/log.ts";
import { ByteWriter } from "../../src/output/index.ts";
import { TopOutput } from "../../src/trace/top-output.ts";
import { Top } from "../../src/views/top.ts";
import { fakeExit } from "../support/fake-exit.ts";

afterEach(() => {
  mock.restore();
});

/** A screen with clocks and keys of the test. */
class Live {
  ms = 0;
  isOpen = false;
  /** The text that is typed next; empty: the terminal is gone; undefined: nothing. */
  typed: string | undefined = "";
  watched = 0;
  #texts: string[] = [];
  readonly top = new Top({
    by: ["comm"],
    sort: "cpu",
    interval: 2000,
    choices: ["comm", "exe"],
    time: "none",
    hasColor: false,
    hasHeader: true,
    label: undefined,
    width: () => 80,
    height: () => 24,
  });
  readonly output: TopOutput;
  #reader = { isSummaryRequested: false, isRedrawRequested: false, isWatchedReady: false, watch: () => this.watched++ };

  constructor() {
    const outputs = {
      flush: (out: ByteWriter) => {
        this.#texts.push(new TextDecoder().decode(out.bytes.subarray(0, out.length)));
        out.reset();
      },
    };
    const terminal = {
      open: () => void (this.isOpen = true),
      close: () => void (this.isOpen = false),
      read: (bytes: Uint8Array) =>
        this.typed === undefined ? -1 : new TextEncoder().encodeInto(this.typed, bytes).written,
    };
    const clocks = { now: () => this.ms, wall: () => 1_795_441_481_000 + this.ms, busyNs: () => 0 };
    this.output = new TopOutput(this.top, outputs, terminal, clocks);
  }

  begin(): string[] {
    this.output.begin(this.#reader);
    return this.drawn();
  }

  at(ms: number, requests: Partial<{ isRedrawRequested: boolean; isWatchedReady: boolean }> = {}): string[] {
    this.ms = ms;
    this.output.update({ ...this.#reader, ...requests });
    return this.drawn();
  }

  /** The first lines of the screens that were drawn. */
  drawn(): string[] {
    return this.#texts.splice(0).map((text) => text.slice("\x1b[H\x1b[K".length, text.indexOf("\r")));
  }
}

describe("TopOutput:", () => {
  test("draws at the start, at each interval, and nothing between", () => {
    const live = new Live();
    expect(live.at(5)).toEqual([]);
    expect(live.begin()).toEqual(["exitsnoop top: counting"]);
    expect(live.isOpen).toBeTrue();
    live.top.exit(new ByteWriter(), fakeExit());
    expect(live.at(1000)).toEqual([]);
    expect(live.output.maxSleep()).toBe(1000);
    expect(live.at(2000)).toEqual(["1 exit in 2.0s"]);
    expect(live.at(4000)).toEqual(["0 exits in 2.0s"]);
  });

  test("draws when the terminal was resized, or continues", () => {
    const live = new Live();
    live.begin();
    expect(live.at(10, { isRedrawRequested: true })).toEqual(["exitsnoop top: counting"]);
  });

  test("draws after a key, and waits for the next one", () => {
    const live = new Live();
    live.begin();
    expect(live.watched).toBe(1);
    live.typed = "e";
    expect(live.at(10, { isWatchedReady: true })).toEqual(["exitsnoop top: counting"]);
    expect([live.top.state.sort, live.watched] as unknown[]).toEqual(["exits", 2]);
  });

  test("a read that finds no keys: those before do not act again", () => {
    const live = new Live();
    live.begin();
    live.typed = "p";
    live.at(10, { isWatchedReady: true });
    live.typed = undefined;
    live.at(20, { isWatchedReady: true });
    expect([live.top.state.isPaused, live.output.isDone, live.watched] as unknown[]).toEqual([true, false, 3]);
  });

  test("a longer interval: the present one is as long", () => {
    const live = new Live();
    live.begin();
    live.typed = "+";
    live.at(1000, { isWatchedReady: true });
    expect(live.at(2000)).toEqual([]);
    expect(live.at(5000)).toEqual(["0 exits in 5.0s"]);
  });

  test("q, and a terminal that is gone: end the trace", () => {
    for (const typed of ["q", ""]) {
      const live = new Live();
      live.begin();
      live.typed = typed;
      expect(live.output.isDone).toBeFalse();
      live.at(10, { isWatchedReady: true });
      expect(live.output.isDone).toBeTrue();
    }
  });

  test("messages: in the last line of the screen, and on stderr when it is closed", () => {
    const live = new Live();
    live.begin();
    log.warn("3 exits lost");
    expect(live.top.message).toBe("exitsnoop: 3 exits lost");
    const info = spyOn(log, "info").mockImplementation(Object.assign(() => {}, { raw() {} }));
    for (let i = 0; i < 100; i++) log.warn(`more ${i}`);
    expect(info.mock.calls).toEqual([]);
    live.output.finish();
    expect(live.isOpen).toBeFalse();
    expect(info.mock.calls.length).toBe(51);
    expect(info.mock.calls[0]).toEqual(["exitsnoop: 3 exits lost"]);
    expect(info.mock.calls.at(-1)).toEqual(["51 more messages"]);
  });

  test("finish() without begin(): leaves the terminal and the messages alone", () => {
    const live = new Live();
    live.isOpen = true;
    live.output.finish();
    expect(live.isOpen).toBeTrue();
  });
});
