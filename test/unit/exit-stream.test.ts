import { describe, expect, test } from "bun:test";
import type { Reader } from "../../src/bpf/reader.ts";
import type { Exit } from "../../src/exit/exit.ts";
import { ExitStream } from "../../src/trace/exit-stream.ts";
import { fakeExit, killedBy } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";

/** Returns a reader whose batch is one exit. */
function readerOf({ record: { bytes, view, start } }: Exit): Reader {
  const end = start + 1;
  return { bytes, view, start, end, next: () => end, wallSeconds: 0, wallNanoseconds: 0 } as unknown as Reader;
}

/** Returns the crashes that are dropped while the exits of a batch are read. */
function droppedCrashes(passes?: () => boolean, read?: (exit: Exit) => void): unknown[][] {
  const dropped: unknown[][] = [];
  const crashes = {
    isEmpty: false,
    dropped: 0,
    add() {},
    take: () => null,
    drop: (...of: unknown[]) => void dropped.push(of),
  };
  const exit = fakeExit({ status: killedBy(11), startTimeNs: (3n << 32n) | 4n });
  const stream = new ExitStream(readerOf(exit), { ...contextOf(), crashes }, passes);
  stream.beginBatch();
  while (stream.next()) read?.(stream.exit);
  return dropped;
}

describe("a crash is forgotten with its exit:", () => {
  const own = [42050, 0, 3, 4];

  test("that is shown without its crash", () => expect(droppedCrashes()).toEqual([own]));
  test("that a filter leaves out", () => expect(droppedCrashes(() => false)).toEqual([own]));
  test("that is shown with its crash", () => {
    expect(droppedCrashes(undefined, (exit) => void exit.crash)).toEqual([own]);
  });
});
