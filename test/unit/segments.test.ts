/** When the next segment of --keep begins. */
import { describe, expect, test } from "bun:test";
import { WriteError } from "../../src/errors.ts";
import { SegmentError, type SegmentResult } from "../../src/system/segments.ts";
import { ByteWriter, bytesOf } from "../../src/text/byte-writer.ts";
import { OutputWriter } from "../../src/trace/output-writer.ts";
import { segmentBytes, Segments } from "../../src/trace/segments.ts";

const MIB = 1024 * 1024;
const ENOSPC = 28;
const EACCES = 13;
const NEVER = Number.POSITIVE_INFINITY;

/** Segments of 1 MiB whose requests get these results in turn, and then `begun` or `removed`. */
function setUp({ ms = NEVER, results = [] as (SegmentResult | SegmentError)[], failures = [] as number[] } = {}) {
  const asked: boolean[] = [];
  const time = { ms: 0 };
  const next = (begins: boolean): SegmentResult => {
    asked.push(begins);
    const result = results.shift() ?? (begins ? "begun" : "removed");
    if (result instanceof SegmentError) throw result;
    if (result === "begun") files.push("");
    return result;
  };
  const segments = new Segments("DIR", { bytes: 16 * MIB, ms }, next, () => time.ms);
  const files = [""];
  const write = (bytes: Uint8Array, length: number) => {
    if (segments.failure) return -segments.failure;
    const failure = failures.shift();
    // a failed write takes half of the bytes
    const taken = failure ? Math.floor(length / 2) : length;
    files[files.length - 1] += Buffer.from(bytes.subarray(0, taken)).toString();
    segments.add(taken);
    return failure ? -(taken * 4096 + failure) : taken;
  };
  const writer = new OutputWriter([{ fd: -1, name: "DIR", isFile: false, write, segments }], "exit");
  const out = new ByteWriter();
  const flush = (text: string, areItems = true) => {
    out.put(bytesOf(text));
    writer.flush(out, areItems);
  };
  return { segments, asked, time, files, writer, flush };
}

/** A line of this many bytes. */
const line = (bytes: number, mark = "x") => `${mark.repeat(bytes - 1)}\n`;

test.each([
  [4 * MIB, MIB],
  [16 * MIB, MIB],
  [200 * MIB, 12.5 * MIB],
  [100 * 1024 * MIB, 64 * MIB],
  [NEVER, 16 * MIB],
])("segmentBytes(): of %i bytes in all, a segment has %i", (bytes, expected) => {
  expect(segmentBytes({ bytes, ms: NEVER })).toBe(expected);
});

describe("the next segment", () => {
  test("begins before lines that do not fit, and never within a line", () => {
    const { files, flush, asked } = setUp();
    for (let i = 0; i < 10; i++) flush(line(300 * 1024));
    expect(files.map(({ length }) => length / 1024)).toEqual([900, 900, 900, 300]);
    expect(asked).toEqual([true, true, true]);
    expect(files.every((file) => file.endsWith("\n"))).toBeTrue();
  });

  test("does not begin for a line that is longer than a segment", () => {
    const { files, flush } = setUp();
    flush(line(2 * MIB));
    flush(line(10));
    expect(files.map(({ length }) => length)).toEqual([2 * MIB, 10]);
  });

  test("begins after a sixteenth of the time, if the present one has exits; else only the old ones are removed", () => {
    const { files, flush, asked, time, segments } = setUp({ ms: 160_000 });
    flush(line(10));
    expect(segments.maxSleep()).toBe(10_000);
    time.ms = 9999;
    flush("");
    expect(asked).toEqual([]);
    time.ms = 10_000;
    flush("");
    time.ms = 20_000;
    flush("");
    flush(line(20));
    expect(asked).toEqual([true, false]);
    expect(files.map(({ length }) => length)).toEqual([10, 20]);
    expect(segments.maxSleep()).toBe(10_000);
  });

  test("begins on request, if the present one has exits", () => {
    const { files, flush, asked, segments } = setUp();
    segments.request();
    flush("");
    flush(line(10));
    expect(asked).toEqual([]);
    segments.request();
    flush("");
    expect(asked).toEqual([true]);
    flush(line(20));
    expect(files.map(({ length }) => length)).toEqual([10, 20]);
  });

  test("begins with the header", () => {
    const { files, flush, writer } = setUp();
    writer.writeHeader((out) => out.put(bytesOf("HEADER\n")));
    for (let i = 0; i < 3; i++) flush(line(600 * 1024));
    expect(files.map((file) => file.slice(0, 8))).toEqual(["HEADER\nx", "HEADER\nx", "HEADER\nx"]);
  });

  test("begins once the rest of a line that the disk had no room for is written", () => {
    const { files, flush, writer } = setUp({ failures: [0, ENOSPC, ENOSPC] });
    flush(line(600 * 1024));
    flush(line(400 * 1024, "y"));
    flush(line(600 * 1024, "z"));
    expect(files.length).toBe(1);
    expect(writer.lost).toBe(2);
    flush(line(10, "w"));
    flush(line(600 * 1024, "v"));
    expect(files[0]).toBe(line(600 * 1024) + line(400 * 1024, "y") + line(10, "w"));
    expect(files[1]).toBe(line(600 * 1024, "v"));
    expect(writer.lost).toBe(1);
  });
});

describe("a next segment", () => {
  test("that comes late: lines go to the present one, and the answer is asked for often", () => {
    const { files, flush, asked, segments } = setUp({ results: ["pending", "pending"] });
    flush(line(600 * 1024));
    flush(line(600 * 1024));
    expect(segments.maxSleep()).toBe(50);
    flush("");
    flush(line(600 * 1024));
    expect(asked.length).toBe(3);
    expect(files.map(({ length }) => length / 1024)).toEqual([1200, 600]);
    expect(segments.maxSleep()).toBe(Number.POSITIVE_INFINITY);
  });

  test("that cannot be created as the disk is full: exits are lost, not written to the present one", () => {
    const full = new SegmentError("no space left on device", ENOSPC);
    const { files, flush, writer, time, asked } = setUp({ results: [full, full] });
    flush(line(600 * 1024));
    flush(line(600 * 1024, "y"));
    flush(line(10, "z"));
    flush('{"event":"lost"}\n', false);
    expect(writer.lost).toBe(2);
    expect(asked.length).toBe(1);
    time.ms = 1000;
    flush(line(10, "w"));
    time.ms = 2000;
    flush(line(10, "v"));
    expect(asked.length).toBe(3);
    expect(files).toEqual([line(600 * 1024), '{"event":"lost"}\n' + line(10, "v")]);
    expect(writer.lost).toBe(3);
  });

  test.each([
    ["permission denied", EACCES],
    ["the process that creates the segments is gone", 0],
  ])("that can never be created, %s: the trace ends", (reason, errno) => {
    const { flush } = setUp({ results: [new SegmentError(reason, errno)] });
    flush(line(600 * 1024));
    expect(() => flush(line(600 * 1024))).toThrow(new WriteError(`cannot write to DIR: ${reason}`));
  });
});
