import { describe, expect, test } from "bun:test";
import { ByteWriter, bytesOf } from "../../src/text/byte-writer.ts";
import { WriteError } from "../../src/errors.ts";
import { Sink } from "../../src/output/sink.ts";

const EPIPE = -32;
const EBADF = -9;
const ENOSPC = -28;

/** Returns the result of write_all() that wrote some bytes before the failure. */
const after = (written: number, failure: number) => -(4096 * written - failure);

/** Returns a sink whose writes return these results in turn, and then write everything. */
function sinkWith(...results: number[]) {
  const out = new ByteWriter();
  const writes: string[] = [];
  const sink = new Sink("standard output", (bytes, length) => {
    writes.push(Buffer.from(bytes.subarray(0, length)).toString());
    return results.shift() ?? length;
  });
  const flush = (text: string, areExits = true, folded?: readonly number[]) => {
    out.put(bytesOf(text));
    sink.flush(out, areExits, folded);
    out.reset();
  };
  return { sink, writes, flush };
}

test("Sink: a batch is one write", () => {
  const { sink, writes, flush } = sinkWith();
  flush("one\ntwo\n");
  flush("three\n");
  expect(writes).toEqual(["one\ntwo\n", "three\n"]);
  expect(sink).toMatchObject({ isClosed: false, unread: 0 });
});

test("Sink: writes a batch of one line feed", () => {
  const { writes, flush } = sinkWith();
  flush("\n");
  expect(writes).toEqual(["\n"]);
});

test("Sink: does not write an empty batch", () => {
  const { writes, flush } = sinkWith();
  flush("");
  expect(writes).toEqual([]);
});

describe("Sink: a reader that closed the pipe", () => {
  test("closes the sink without an error", () => {
    const { sink, flush } = sinkWith(EPIPE);
    flush("one\n");
    expect(sink).toMatchObject({ isClosed: true, unread: 0 });
  });

  test("receives no further write, and later lines are discarded uncounted", () => {
    const { sink, writes, flush } = sinkWith(EPIPE);
    flush("one\n");
    flush("two\n");
    expect(writes).toEqual(["one\n"]);
    expect(sink.unread).toBe(0);
  });
});

describe("Sink: an output with a permanent error", () => {
  test("throws an error with the name of the output and the reason", () => {
    const { sink, flush } = sinkWith(EBADF);
    expect(() => flush("one\n")).toThrow(new WriteError("cannot write to standard output: bad file descriptor"));
    expect(sink.isClosed).toBeFalse();
    expect(() => sinkWith(after(2, EBADF)).flush("one\n")).toThrow(WriteError);
  });

  test("throws an error with the number of an unknown errno", () => {
    const { flush } = sinkWith(-4000);
    expect(() => flush("one\n")).toThrow(new WriteError("cannot write to standard output: errno 4000"));
  });
});

describe("Sink: a reader that stopped reading", () => {
  test("counts lines that were not written in full as unread", () => {
    const { sink, flush } = sinkWith("one\ntw".length);
    flush("one\ntwo\nthree\n");
    expect(sink).toMatchObject({ unread: 2, isClosed: false });
  });

  test("counts no line that was written in full", () => {
    const { sink, flush } = sinkWith("one\n".length);
    flush("one\ntwo\n");
    expect(sink.unread).toBe(1);
  });

  test("counts all lines if none was written", () => {
    const { sink, flush } = sinkWith(0);
    flush("one\ntwo\n");
    expect(sink.unread).toBe(2);
  });

  test("receives no further write: later lines are counted at once", () => {
    const { sink, writes, flush } = sinkWith(0);
    flush("one\n");
    flush("two\nthree\n");
    expect(writes).toEqual(["one\n"]);
    expect(sink.unread).toBe(3);
    flush("\n");
    expect(sink.unread).toBe(4);
  });

  test("does not count lines without an exit, such as the header", () => {
    const { sink, flush } = sinkWith(0);
    flush("TIME PID\n", false);
    expect(sink.unread).toBe(0);
    flush("one\n");
    expect(sink.unread).toBe(1);
  });

  test("does not count bytes that an earlier batch left in the buffer", () => {
    const all = "0123\n".length;
    const { sink, flush } = sinkWith(all, 0);
    flush("0123\n");
    flush("012\n");
    expect(sink.unread).toBe(1);
  });
});

describe("Sink: an output without room", () => {
  test.each([28, 122, 27, 5, 30])("errno %d: loses the rest of the batch, then resumes", (errno) => {
    const { sink, writes, flush } = sinkWith(-errno, -errno);
    flush("one\ntwo\n");
    expect(sink).toMatchObject({ failure: errno, lost: 2, isWaiting: false, isClosed: false, unread: 0 });
    flush("three\n");
    expect(sink).toMatchObject({ failure: errno, lost: 3 });
    flush("four\n");
    expect(sink).toMatchObject({ failure: 0, lost: 3 });
    expect(writes.at(-1)).toBe("four\n");
  });

  test("a line that was written in part: its rest precedes the next line", () => {
    const { sink, writes, flush } = sinkWith(after(6, ENOSPC), after(1, ENOSPC), ENOSPC);
    flush("one\ntwo\nthree\n");
    expect(sink).toMatchObject({ failure: 28, lost: 2, isWaiting: true });
    flush("four\n");
    flush("five\n");
    expect(sink).toMatchObject({ failure: 28, lost: 4, isWaiting: true });
    flush("six\n");
    expect(sink).toMatchObject({ failure: 0, lost: 3, isWaiting: false });
    expect(writes).toEqual(["one\ntwo\nthree\n", "o\n", "\n", "\n", "six\n"]);
  });

  test("lines that were written in full: nothing to complete", () => {
    const { sink, flush } = sinkWith(after(4, ENOSPC));
    flush("one\ntwo\n");
    expect(sink).toMatchObject({ lost: 1, isWaiting: false });
  });

  test("a flush without new text: tries to write the rest of a line", () => {
    const { sink, writes, flush } = sinkWith(after(1, ENOSPC));
    flush("one\n");
    flush("");
    expect(writes).toEqual(["one\n", "ne\n"]);
    expect(sink).toMatchObject({ failure: 0, lost: 0, isWaiting: false });
  });

  test("the header and lines about lost exits: kept, not counted as lost", () => {
    const { sink, writes, flush } = sinkWith(ENOSPC, ENOSPC, ENOSPC);
    flush("TIME PID\n", false);
    flush("one\n");
    flush("1 lost\n", false);
    expect(sink).toMatchObject({ lost: 1, isWaiting: true });
    flush("two\n");
    expect(writes.slice(-2)).toEqual(["TIME PID\n1 lost\n", "two\n"]);
    expect(sink).toMatchObject({ failure: 0, lost: 1, isWaiting: false });
  });

  test("a reader that stops while a line is incomplete: that line is unread", () => {
    const { sink, flush } = sinkWith(after(1, ENOSPC), 0);
    flush("one\n");
    flush("two\n");
    expect(sink).toMatchObject({ unread: 2, lost: 0, isWaiting: false });
  });
});

describe("Sink.restart(), after another file has replaced the output:", () => {
  test("a line that the old file has in part: lost, and the new file begins with a complete line", () => {
    const { sink, writes, flush } = sinkWith(after(6, ENOSPC), ENOSPC);
    flush("one\ntwo\nthree\n");
    flush("four\n");
    expect(sink).toMatchObject({ lost: 3, isWaiting: true });
    sink.restart(false);
    expect(sink).toMatchObject({ lost: 3, isWaiting: false });
    flush("five\n");
    expect(writes.at(-1)).toBe("five\n");
    expect(sink.lost).toBe(3);
  });

  test("lines about lost exits after a broken line: kept for the new file", () => {
    const { sink, writes, flush } = sinkWith(after(1, ENOSPC), ENOSPC);
    flush("one\n");
    flush("1 lost\n", false);
    sink.restart(false);
    flush("two\n");
    expect(writes.slice(-2)).toEqual(["1 lost\n", "two\n"]);
    expect(sink.lost).toBe(1);
  });

  test("a line whose rest was written in part: its last bytes are dropped", () => {
    const { sink, writes, flush } = sinkWith(after(1, ENOSPC), after(1, ENOSPC));
    flush("three\n");
    flush("");
    sink.restart(false);
    flush("four\n");
    expect(writes).toEqual(["three\n", "hree\n", "four\n"]);
    expect(sink.lost).toBe(1);
  });

  test("a header that waits: dropped, since the new file gets its own", () => {
    const { sink, writes, flush } = sinkWith(ENOSPC);
    flush("TIME PID\n", false);
    sink.restart(true);
    flush("TIME PID\n", false);
    expect(writes).toEqual(["TIME PID\n", "TIME PID\n"]);
  });

  test("an output that works: nothing is lost or written", () => {
    const { sink, writes, flush } = sinkWith();
    flush("one\n");
    sink.restart(false);
    flush("two\n");
    expect(writes).toEqual(["one\n", "two\n"]);
    expect(sink).toMatchObject({ lost: 0, isWaiting: false });
  });
});

describe("Sink: lines that count several exits", () => {
  test("an output without room: the exits of the lines that wait are lost, until these are written", () => {
    const { sink, writes, flush } = sinkWith(after(4, ENOSPC), after(0, ENOSPC));
    flush("+10\n+20\n+30\n", false, [10, 20, 30]);
    expect(sink.lost).toBe(50);
    flush("");
    expect(sink.lost).toBe(50);
    flush("one\n");
    expect(sink.lost).toBe(0);
    expect(writes.at(-1)).toBe("one\n");
  });

  test("an output that is replaced while a part of a line waits: the exits are lost", () => {
    const { sink, flush } = sinkWith(after(6, ENOSPC));
    flush("+10\n+20\n", false, [10, 20]);
    sink.restart(false);
    expect(sink).toMatchObject({ isWaiting: false, lost: 20 });
  });

  test("an output that is replaced while whole lines wait: they are in the new one, except in one with a header", () => {
    for (const hasHeader of [false, true]) {
      const { sink, writes, flush } = sinkWith(after(4, ENOSPC));
      flush("+10\n+20\n", false, [10, 20]);
      // nothing of a line was written
      sink.restart(hasHeader);
      flush("one\n");
      expect(writes.slice(1)).toEqual(hasHeader ? ["one\n"] : ["+20\n", "one\n"]);
      expect(sink.lost).toBe(hasHeader ? 20 : 0);
    }
  });

  test("a reader that stopped reading: the exits are unread", () => {
    const { sink, flush } = sinkWith(4);
    flush("+10\n+20\n", false, [10, 20]);
    expect(sink).toMatchObject({ lost: 0, unread: 20 });
  });
});
