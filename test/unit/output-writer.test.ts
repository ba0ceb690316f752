import { describe, expect, test } from "bun:test";
import { OutputWriter } from "../../src/trace/output-writer.ts";
import { ByteWriter, bytesOf } from "../../src/text/byte-writer.ts";

const EPIPE = -32;
const ENOSPC = -28;
/** A failed write returns -(written bytes * ERRNO_LIMIT + errno): src/native/core/write.c. */
const ERRNO_LIMIT = 4096;
const failAfter = (bytes: number, error: number) => error - ERRNO_LIMIT * bytes;

/** Returns a writer of outputs whose writes return these results in turn, then write everything. */
function writerOf(...results: number[][]) {
  const out = new ByteWriter();
  const written = results.map(() => "");
  const outputs = results.map((given, i) => ({
    fd: -1,
    name: `output ${i}`,
    isFile: false,
    write: (bytes: Uint8Array, length: number) => {
      const result = given.shift() ?? length;
      const taken = result >= 0 ? result : Math.floor(-result / ERRNO_LIMIT);
      written[i] += Buffer.from(bytes.subarray(0, taken)).toString();
      return result;
    },
  }));
  const writer = new OutputWriter(outputs, "exit");
  const flush = (text: string, areItems = true) => {
    out.put(bytesOf(text));
    writer.flush(out, areItems);
    return out.length;
  };
  return { writer, flush, written };
}

test("OutputWriter: two outputs get the same bytes, and the buffer is empty afterwards", () => {
  const { writer, flush, written } = writerOf([], []);
  expect(flush("one\ntwo\n")).toBe(0);
  expect(written).toEqual(["one\ntwo\n", "one\ntwo\n"]);
  expect(writer).toMatchObject({ lost: 0, undelivered: 0, isClosed: false, name: "output 0 and output 1" });
});

describe("OutputWriter.lost:", () => {
  test("exits that one of two outputs lacks: counted once", () => {
    const { writer, flush, written } = writerOf([], [ENOSPC]);
    flush("one\ntwo\n");
    expect(written).toEqual(["one\ntwo\n", ""]);
    expect(writer).toMatchObject({ lost: 2, undelivered: 2 });
  });

  test("exits that both outputs lack: counted once", () => {
    const { writer, flush } = writerOf([failAfter(4, ENOSPC)], [ENOSPC]);
    flush("one\ntwo\nthree\n");
    expect(writer).toMatchObject({ lost: 3, undelivered: 3 });
  });

  test("exits lost by different outputs in different batches: added up", () => {
    const { writer, flush } = writerOf([ENOSPC, "two\n".length], ["one\n".length, ENOSPC]);
    flush("one\n");
    flush("two\n");
    expect(writer.lost).toBe(2);
  });

  test("a line that is completed later: not lost", () => {
    const { writer, flush, written } = writerOf([-4096 + ENOSPC]);
    flush("one\n");
    expect(writer.lost).toBe(1);
    flush("");
    expect(writer).toMatchObject({ lost: 0, undelivered: 0 });
    expect(written).toEqual(["one\n"]);
  });

  test("exits that a reader did not take: undelivered, not lost", () => {
    const { writer, flush } = writerOf([], [0]);
    flush("one\n");
    expect(writer).toMatchObject({ lost: 0, undelivered: 1 });
  });
});

test("OutputWriter.isClosed: true once the readers of all outputs have closed them", () => {
  const { writer, flush, written } = writerOf(["one\n".length, EPIPE], [EPIPE]);
  flush("one\n");
  expect(writer.isClosed).toBeFalse();
  flush("two\n");
  expect(writer.isClosed).toBeTrue();
  expect(written).toEqual(["one\n", ""]);
  expect(writer.undelivered).toBe(0);
});

test("OutputWriter.writeDrops: each output gets the number of exits that it lacks", () => {
  const { writer, flush, written } = writerOf([], [ENOSPC]);
  const write = (out: ByteWriter, count: number) => out.put(bytesOf(`lost ${count}\n`));
  flush("one\n");
  writer.writeDrops(5, write);
  writer.writeDrops(7, write);
  expect(written).toEqual(["one\nlost 5\nlost 2\n", "lost 6\nlost 2\n"]);
});
