import { describe, expect, test } from "bun:test";
import { LongArguments } from "../../src/exit/arguments.ts";
import { argsRecord } from "../support/fake-records.ts";
import { Random } from "../support/random.ts";

/** TEXT_BYTES of bpf/recorder.h. */
const CHUNK = 4096;

const random = new Random(14);
const someText = (length: number) => Uint8Array.from({ length }, () => random.below(256));

/** Adds all of a thread's arguments in chunks, in this order. */
function add(long: LongArguments, tid: number, text: Uint8Array, order?: number[]): void {
  const chunks = Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, i) => i);
  for (const i of order ?? chunks) long.add(argsRecord(tid, i * CHUNK, text.subarray(i * CHUNK, (i + 1) * CHUNK)));
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

describe("LongArguments.take(): joins chunks that arrive in order:", () => {
  test.each([1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 9 * CHUNK - 7, 32 * CHUNK])(
    "%d bytes",
    (size) => {
      const long = new LongArguments();
      const text = someText(size);
      add(long, 17, text);
      expect(hex(long.take(17))).toBe(hex(text));
    },
  );

  test("chunks of random sizes", () => {
    const long = new LongArguments();
    const text = someText(60_000);
    for (let at = 0, size = 0; at < text.length; at += size) {
      size = Math.min(1 + random.below(CHUNK), text.length - at);
      long.add(argsRecord(17, at, text.subarray(at, at + size)));
    }
    expect(hex(long.take(17))).toBe(hex(text));
  });

  test("interleaved chunks of 20 threads", () => {
    const long = new LongArguments();
    const texts = Array.from({ length: 20 }, () => someText(3 * CHUNK));
    for (let i = 0; i < 3; i++) {
      for (const [tid, text] of texts.entries()) add(long, tid + 1, text, [i]);
    }
    for (const [tid, text] of [...texts.entries()].reverse()) expect(hex(long.take(tid + 1))).toBe(hex(text));
  });
});

test("LongArguments.take(): returns a thread's arguments once, and no other thread's", () => {
  const long = new LongArguments();
  expect(long.take(17)).toBeUndefined();
  add(long, 17, someText(10));
  expect(long.take(18)).toBeUndefined();
  expect(long.take(17)).toHaveLength(10);
  expect(long.take(17)).toBeUndefined();
});

test("LongArguments.take(): later chunks do not change the returned bytes", () => {
  const long = new LongArguments();
  const text = someText(5000);
  add(long, 17, text);
  const taken = long.take(17);
  add(long, 17, someText(5000));
  add(long, 18, someText(5000));
  expect(hex(taken)).toBe(hex(text));
});

test("LongArguments.add(): copies the chunk, because the next batch overwrites its record", () => {
  const long = new LongArguments();
  const record = argsRecord(17, 0, "sh");
  long.add(record);
  record.bytes.fill(0x78);
  expect(Buffer.from(long.take(17)!).toString()).toBe("sh");
});

describe("LongArguments.take() after a lost chunk:", () => {
  const text = someText(4 * CHUNK);
  const prefix = (chunks: number) => hex(text.subarray(0, chunks * CHUNK));

  test.each([
    ["the last", [0, 1, 2], 3],
    ["one between", [0, 1, 3], 2],
    ["all but the first", [0], 1],
    ["all but the last, as after the thread's eviction", [3], 0],
  ])("returns the chunks before the lost one: %s", (_, order, chunks) => {
    const long = new LongArguments();
    add(long, 17, text, order);
    expect(hex(long.take(17) ?? new Uint8Array())).toBe(prefix(chunks));
  });

  test("the exit record is lost, too: keeps the chunks apart from those of the next thread with that tid", () => {
    const long = new LongArguments();
    add(long, 17, someText(3 * CHUNK));
    add(long, 17, text);
    expect(hex(long.take(17))).toBe(hex(text));
  });
});

test("LongArguments.take() of chunks in random order: returns a prefix of the text", () => {
  const text = someText(4 * CHUNK);
  for (let i = 0; i < 200; i++) {
    const order = Array.from({ length: 4 }, (_, at) => at).sort(() => random.below(3) - 1);
    const long = new LongArguments();
    add(long, 17, text, order);
    const taken = hex(long.take(17))!;
    expect([order, hex(text)!.startsWith(taken)]).toEqual([order, true]);
  }
});

test("LongArguments: evicts the oldest threads first, so lost exit records leak no memory", () => {
  const long = new LongArguments();
  for (let tid = 1; tid <= 1000; tid++) add(long, tid, someText(10));
  const kept = Array.from({ length: 1000 }, (_, i) => i + 1).filter((tid) => long.take(tid));
  expect(kept.length).toBeGreaterThanOrEqual(16);
  expect(kept.length).toBeLessThanOrEqual(256);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 1001 - kept.length + i));
});

test("LongArguments: a chunk whose beginning was lost evicts no other thread", () => {
  const long = new LongArguments();
  add(long, 1, someText(10));
  for (let tid = 2; tid <= 1000; tid++) add(long, tid, someText(2 * CHUNK), [1]);
  expect(long.take(1)).toHaveLength(10);
});

test("LongArguments: a thread whose chunks begin anew is no longer the oldest", () => {
  const long = new LongArguments();
  const text = someText(20);
  add(long, 1, someText(10));
  for (let tid = 2; tid <= 40; tid++) add(long, tid, someText(10));
  add(long, 1, text);
  for (let tid = 41; tid <= 80; tid++) add(long, tid, someText(10));
  expect(hex(long.take(1))).toBe(hex(text));
  expect(long.take(2)).toBeUndefined();
});
