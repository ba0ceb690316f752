import { describe, expect, test } from "bun:test";
import { LongArguments } from "../../src/exit/arguments.ts";
import { argsRecord } from "../support/fake-records.ts";
import { Random } from "../support/random.ts";

/** The recorder's: TEXT_BYTES of bpf/recorder.h. */
const PIECE = 4096;

const random = new Random(14);
const someText = (length: number) => Uint8Array.from({ length }, () => random.below(256));

/** Adds all of a thread's arguments in pieces, in this order. */
function add(long: LongArguments, tid: number, text: Uint8Array, order?: number[]): void {
  const pieces = Array.from({ length: Math.ceil(text.length / PIECE) }, (_, i) => i);
  for (const i of order ?? pieces) long.add(argsRecord(tid, i * PIECE, text.subarray(i * PIECE, (i + 1) * PIECE)));
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

describe("pieces in order come to the whole,", () => {
  test.each([1, PIECE - 1, PIECE, PIECE + 1, 4 * PIECE, 4 * PIECE + 1, 9 * PIECE - 7, 32 * PIECE])(
    "%d bytes",
    (size) => {
      const long = new LongArguments();
      const text = someText(size);
      add(long, 17, text);
      expect(hex(long.take(17))).toBe(hex(text));
    },
  );

  test("whatever sizes they have", () => {
    const long = new LongArguments();
    const text = someText(60_000);
    for (let at = 0, size = 0; at < text.length; at += size) {
      size = Math.min(1 + random.below(PIECE), text.length - at);
      long.add(argsRecord(17, at, text.subarray(at, at + size)));
    }
    expect(hex(long.take(17))).toBe(hex(text));
  });

  test("of several threads in turns", () => {
    const long = new LongArguments();
    const texts = Array.from({ length: 20 }, () => someText(3 * PIECE));
    for (let i = 0; i < 3; i++) {
      for (const [tid, text] of texts.entries()) add(long, tid + 1, text, [i]);
    }
    for (const [tid, text] of [...texts.entries()].reverse()) expect(hex(long.take(tid + 1))).toBe(hex(text));
  });
});

test("they are taken once, by their thread alone", () => {
  const long = new LongArguments();
  expect(long.take(17)).toBeUndefined();
  add(long, 17, someText(10));
  expect(long.take(18)).toBeUndefined();
  expect(long.take(17)).toHaveLength(10);
  expect(long.take(17)).toBeUndefined();
});

test("what was taken stays as it is when others come", () => {
  const long = new LongArguments();
  const text = someText(5000);
  add(long, 17, text);
  const taken = long.take(17);
  add(long, 17, someText(5000));
  add(long, 18, someText(5000));
  expect(hex(taken)).toBe(hex(text));
});

test("the pieces are copied: their batch is overwritten by the next", () => {
  const long = new LongArguments();
  const record = argsRecord(17, 0, "sh");
  long.add(record);
  record.bytes.fill(0x78);
  expect(Buffer.from(long.take(17)!).toString()).toBe("sh");
});

describe("a piece that is lost", () => {
  const text = someText(4 * PIECE);
  const prefix = (pieces: number) => hex(text.subarray(0, pieces * PIECE));

  test.each([
    ["the last", [0, 1, 2], 3],
    ["one between", [0, 1, 3], 2],
    ["all but the first", [0], 1],
    ["all but the last, as that of a thread that was forgotten", [3], 0],
  ])("leaves what stood before it: %s", (_, order, pieces) => {
    const long = new LongArguments();
    add(long, 17, text, order);
    expect(hex(long.take(17))).toBe(prefix(pieces));
  });

  test("of which the exit was lost, too, is not mixed with those of the next thread of that number", () => {
    const long = new LongArguments();
    add(long, 17, someText(3 * PIECE));
    add(long, 17, text);
    expect(hex(long.take(17))).toBe(hex(text));
  });
});

test("a piece out of order puts nothing in a wrong place", () => {
  const text = someText(4 * PIECE);
  for (let i = 0; i < 200; i++) {
    const order = Array.from({ length: 4 }, (_, at) => at).sort(() => random.below(3) - 1);
    const long = new LongArguments();
    add(long, 17, text, order);
    const taken = hex(long.take(17))!;
    expect([order, hex(text)!.startsWith(taken)]).toEqual([order, true]);
  }
});

test("those whose exits were lost are forgotten, the oldest first, so that no memory is lost", () => {
  const long = new LongArguments();
  for (let tid = 1; tid <= 1000; tid++) add(long, tid, someText(10));
  const kept = Array.from({ length: 1000 }, (_, i) => i + 1).filter((tid) => long.take(tid));
  expect(kept.length).toBeGreaterThanOrEqual(16);
  expect(kept.length).toBeLessThanOrEqual(256);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 1001 - kept.length + i));
});

test("a thread that begins anew is not the oldest any more", () => {
  const long = new LongArguments();
  const text = someText(20);
  add(long, 1, someText(10));
  for (let tid = 2; tid <= 40; tid++) add(long, tid, someText(10));
  add(long, 1, text);
  for (let tid = 41; tid <= 80; tid++) add(long, tid, someText(10));
  expect(hex(long.take(1))).toBe(hex(text));
  expect(long.take(2)).toBeUndefined();
});
