import { describe, expect, test } from "bun:test";
import { Messages } from "../../src/agent/messages.ts";
import { Stream } from "../../src/agent/stream.ts";
import { parseTime } from "../../src/agent/gap.ts";

const TIMES = ["2026-11-30T09:00:00.000000001Z", "2026-11-30T09:00:01.000000002Z", "2026-11-30T09:00:02.000000003Z"];
const [first, second, third] = TIMES.map((time, pid) => `{"event":"exit","time":"${time}","pid":${pid}}\n`) as [
  string,
  string,
  string,
];
const encoder = new TextEncoder();

function read(stream: Stream, text: string): void {
  stream.add(encoder.encodeInto(text, stream.chunk).written);
}

const pending = ({ chunk, start, end }: Stream) => new TextDecoder().decode(chunk.subarray(start, end));

function writeAll(stream: Stream): string {
  const text = pending(stream);
  stream.advance(stream.end - stream.start);
  return text;
}

describe("agent, stream", () => {
  test("whole lines: the time is that of the last one", () => {
    const stream = new Stream();
    read(stream, first + second + third);
    expect(stream.lastTime).toBe(parseTime(TIMES[2]!)!);
  });

  test("a chunk of one line has the time of that", () => {
    const stream = new Stream();
    read(stream, first);
    expect(stream.lastTime).toBe(parseTime(TIMES[0]!)!);
  });

  test("a line that is incomplete: its time does not count", () => {
    const stream = new Stream();
    read(stream, first + second + third.slice(0, -1));
    expect(stream.lastTime).toBe(parseTime(TIMES[1]!)!);
  });

  test("a line that began in the chunk before: the time of an earlier line stays", () => {
    const stream = new Stream();
    read(stream, first + second + third.slice(0, 20));
    writeAll(stream);
    read(stream, third.slice(20));
    expect(stream.lastTime).toBe(parseTime(TIMES[1]!)!);
  });

  test("a gap after whole lines is a line of its own", () => {
    const stream = new Stream();
    read(stream, first);
    writeAll(stream);
    stream.insert("gap\n");
    expect(pending(stream)).toBe("gap\n");
  });

  test("a gap after a line that a dead tracer left incomplete begins a new line", () => {
    const stream = new Stream();
    read(stream, first.slice(0, 30));
    writeAll(stream);
    stream.insert("gap\n");
    expect(writeAll(stream)).toBe("\ngap\n");
    stream.insert("gap\n");
    expect(pending(stream)).toBe("gap\n");
  });

  test("writes of any length: bytes and lines are counted once", () => {
    const text = first + second + third;
    for (let length = 1; length <= text.length; length++) {
      const stream = new Stream();
      read(stream, text);
      while (!stream.isEmpty) stream.advance(Math.min(length, stream.end - stream.start));
      expect([stream.lines, stream.bytes]).toEqual([3, text.length]);
    }
  });

  test("lines that nothing read are counted, also one of which a part was written", () => {
    const stream = new Stream();
    read(stream, first + second + third);
    expect(stream.unwrittenLines).toBe(3);
    stream.advance(first.length + 5);
    expect(stream.unwrittenLines).toBe(2);
    writeAll(stream);
    expect(stream.unwrittenLines).toBe(0);
  });

  test("lines of other programs, with no time or a wrong one, leave the time as it is", () => {
    const stream = new Stream();
    read(stream, first + second);
    for (const line of ["\n\n", "x\n\u0000\n", '{"time":"2026"}\n{"event":"exit","time":"yesterday"}\n']) {
      writeAll(stream);
      read(stream, line);
      expect(stream.lastTime).toBe(parseTime(TIMES[1]!)!);
    }
  });
});

describe("agent, messages of the tracer", () => {
  test("lines that come in pieces are put together", () => {
    const messages = new Messages();
    expect(messages.add(encoder.encode("Trac"))).toEqual([]);
    expect(messages.add(encoder.encode("ing every\nwarn"))).toEqual(["Tracing every"]);
    expect(messages.add(encoder.encode("ing\n"))).toEqual(["warning"]);
  });

  test("a line without an end: memory is bounded", () => {
    const messages = new Messages();
    const piece = encoder.encode("x".repeat(10_000));
    const lines = Array.from({ length: 100 }, () => messages.add(piece)).flat();
    expect(lines.length).toBeGreaterThan(10);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80_000);
  });
});
