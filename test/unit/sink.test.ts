import { describe, expect, test } from "bun:test";
import { ByteWriter, bytesOf } from "../../src/output/byte-writer.ts";
import { Sink, WriteError } from "../../src/output/sink.ts";

const EPIPE = -32;
const EBADF = -9;
const ENOSPC = -28;

/** Returns the result of write_all() that wrote so many bytes before the failure. */
const after = (written: number, failure: number) => -(4096 * written - failure);

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

describe("an output with a permanent error", () => {
  test("an output with a permanent error: throws an error with its name and the reason", () => {
    const { sink, flush } = sinkThat(EBADF);
    expect(() => flush("one\n")).toThrow(new WriteError("cannot write to standard output: bad file descriptor"));
    expect(sink.isClosed).toBeFalse();
    expect(() => sinkThat(after(2, EBADF)).flush("one\n")).toThrow(WriteError);
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

describe("an output without room", () => {
  test.each([28, 122, 27, 5, 30])("errno %d, no room in the output: loses the rest, then resumes", (errno) => {
    const { sink, writes, flush } = sinkThat(-errno, -errno);
    flush("one\ntwo\n");
    expect(sink).toMatchObject({ failure: errno, lost: 2, isWaiting: false, isClosed: false, unread: 0 });
    flush("three\n");
    expect(sink).toMatchObject({ failure: errno, lost: 3 });
    flush("four\n");
    expect(sink).toMatchObject({ failure: 0, lost: 3 });
    expect(writes.at(-1)).toBe("four\n");
  });

  test("an output that took part of a line: gets its rest before the next line", () => {
    const { sink, writes, flush } = sinkThat(after(6, ENOSPC), after(1, ENOSPC), ENOSPC);
    flush("one\ntwo\nthree\n");
    expect(sink).toMatchObject({ failure: 28, lost: 2, isWaiting: true });
    flush("four\n");
    flush("five\n");
    expect(sink).toMatchObject({ failure: 28, lost: 4, isWaiting: true });
    flush("six\n");
    expect(sink).toMatchObject({ failure: 0, lost: 3, isWaiting: false });
    expect(writes).toEqual(["one\ntwo\nthree\n", "o\n", "\n", "\n", "six\n"]);
  });

  test("an output that took whole lines: has nothing to complete", () => {
    const { sink, flush } = sinkThat(after(4, ENOSPC));
    flush("one\ntwo\n");
    expect(sink).toMatchObject({ lost: 1, isWaiting: false });
  });

  test("a flush without new text: tries to write the rest of a line", () => {
    const { sink, writes, flush } = sinkThat(after(1, ENOSPC));
    flush("one\n");
    flush("");
    expect(writes).toEqual(["one\n", "ne\n"]);
    expect(sink).toMatchObject({ failure: 0, lost: 0, isWaiting: false });
  });

  test("the header and messages about lost exits: kept, not counted as lost", () => {
    const { sink, writes, flush } = sinkThat(ENOSPC, ENOSPC, ENOSPC);
    flush("TIME PID\n", false);
    flush("one\n");
    flush("1 lost\n", false);
    expect(sink).toMatchObject({ lost: 1, isWaiting: true });
    flush("two\n");
    expect(writes.slice(-2)).toEqual(["TIME PID\n1 lost\n", "two\n"]);
    expect(sink).toMatchObject({ failure: 0, lost: 1, isWaiting: false });
  });

  test("a reader that is given up while a line is incomplete: counts that line as unread", () => {
    const { sink, flush } = sinkThat(after(1, ENOSPC), 0);
    flush("one\n");
    flush("two\n");
    expect(sink).toMatchObject({ unread: 2, lost: 0, isWaiting: false });
  });
});
