import { describe, expect, test } from "bun:test";
import { ByteWriter, bytesOf } from "../../src/output/byte-writer.ts";
import { Sink, WriteError } from "../../src/output/sink.ts";

const EPIPE = -32;
const ENOSPC = -28;

/** A sink whose write(2) gives these results, one a call; "all" when they are used up. */
function sinkThat(...results: number[]) {
  const out = new ByteWriter();
  const writes: string[] = [];
  const sink = new Sink("standard output", (bytes, length) => {
    writes.push(Buffer.from(bytes.subarray(0, length)).toString());
    return results.shift() ?? length;
  });
  const flush = (text: string, areExits = true) => {
    out.put(bytesOf(text));
    sink.flush(out, areExits);
    return out.length;
  };
  return { sink, writes, flush };
}

test("a batch is one write, and the writer is empty after it", () => {
  const { sink, writes, flush } = sinkThat();
  expect(flush("one\ntwo\n")).toBe(0);
  expect(flush("three\n")).toBe(0);
  expect(writes).toEqual(["one\ntwo\n", "three\n"]);
  expect(sink).toMatchObject({ isClosed: false, unread: 0 });
});

test("a batch may be as small as a line feed", () => {
  const { writes, flush } = sinkThat();
  flush("\n");
  expect(writes).toEqual(["\n"]);
});

test("an empty batch is not written", () => {
  const { writes, flush } = sinkThat();
  flush("");
  expect(writes).toEqual([]);
});

describe("a reader that went away", () => {
  test("closes the sink without an error", () => {
    const { sink, flush } = sinkThat(EPIPE);
    expect(flush("one\n")).toBe(0);
    expect(sink).toMatchObject({ isClosed: true, unread: 0 });
  });

  test("is not written to again, and what comes is dropped", () => {
    const { sink, writes, flush } = sinkThat(EPIPE);
    flush("one\n");
    expect(flush("two\n")).toBe(0);
    expect(writes).toEqual(["one\n"]);
    expect(sink.unread).toBe(0);
  });
});

describe("an output that cannot be written", () => {
  test("is an error that names the output and the reason", () => {
    const { sink, flush } = sinkThat(ENOSPC);
    expect(() => flush("one\n")).toThrow(new WriteError("cannot write to standard output: no space left on device"));
    expect(sink.isClosed).toBeFalse();
    expect(() => sinkThat(ENOSPC).flush("one\n")).toThrow(WriteError);
  });

  test("is an error even where the reason has no name", () => {
    const { flush } = sinkThat(-4000);
    expect(() => flush("one\n")).toThrow(new WriteError("cannot write to standard output: errno 4000"));
  });
});

describe("a reader that stopped reading and was given up", () => {
  test("is counted by the lines that it did not take in full", () => {
    const { sink, flush } = sinkThat("one\ntw".length);
    expect(flush("one\ntwo\nthree\n")).toBe(0);
    expect(sink).toMatchObject({ unread: 2, isClosed: false });
  });

  test("that took whole lines has only the others unread", () => {
    const { sink, flush } = sinkThat("one\n".length);
    flush("one\ntwo\n");
    expect(sink.unread).toBe(1);
  });

  test("that took nothing has all unread", () => {
    const { sink, flush } = sinkThat(0);
    flush("one\ntwo\n");
    expect(sink.unread).toBe(2);
  });

  test("is not waited for again: later lines are counted at once", () => {
    const { sink, writes, flush } = sinkThat(0);
    flush("one\n");
    expect(flush("two\nthree\n")).toBe(0);
    expect(writes).toEqual(["one\n"]);
    expect(sink.unread).toBe(3);
    flush("\n");
    expect(sink.unread).toBe(4);
  });

  test("is not charged with lines that are no exits, such as the header", () => {
    const { sink, flush } = sinkThat(0);
    expect(flush("TIME PID\n", false)).toBe(0);
    expect(sink.unread).toBe(0);
    flush("one\n");
    expect(sink.unread).toBe(1);
  });

  test("is not charged with what an earlier batch left in the buffer", () => {
    const all = "0123\n".length;
    const { sink, flush } = sinkThat(all, 0);
    flush("0123\n");
    flush("012\n");
    expect(sink.unread).toBe(1);
  });
});
