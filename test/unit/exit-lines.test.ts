import { describe, expect, test } from "bun:test";
import { ByteWriter, Sink } from "../../src/output/index.ts";
import { countExits, endOfExit } from "../../src/output/exit-lines.ts";
import { fakeExit, type Fields, killedBy } from "../support/fake-exit.ts";
import { formatOnTerminal } from "../support/fake-host.ts";

const long = "a".repeat(90);
const killer = { kind: "kernel", reason: "pidNamespaceEnd" } as const;
const exits: Partial<Fields>[] = [
  {},
  { args: [long], status: killedBy(9), killer },
  { exitTime: 1_000_000_000n },
  { args: null, comm: "" },
  { args: [long] },
];

describe.each(["", "-w", "-C=-args", "-C=-args,-duration,+signal", "-C=-args,-duration,+signal -T"])(
  "exits in the lines of exitsnoop %s on a terminal:",
  (options) => {
    const bytesOf = () => {
      const format = formatOnTerminal(options, { width: () => 60, height: () => 6 });
      format.begin?.();
      const out = new ByteWriter();
      const ends: number[] = [];
      for (let i = 0; i < 40; i++) {
        format.exit(out, fakeExit(exits[i % exits.length]));
        ends.push(out.length);
      }
      return { out, ends, spansLines: format.spansLines ?? false };
    };

    test("countExits() and endOfExit() find each exit, and not the headers and dates between", () => {
      const { out, ends, spansLines } = bytesOf();
      expect(spansLines).toBeTrue();
      expect(countExits(out.bytes, 0, out.length, spansLines)).toBe(ends.length);
      for (let i = 0, at = 0; i < ends.length; i++) {
        for (const from of [at, (at + ends[i]!) >> 1, ends[i]! - 1]) {
          expect(endOfExit(out.bytes, from, out.length, spansLines)).toBe(ends[i]!);
        }
        at = ends[i]!;
      }
    });

    test("Sink: an output that takes a part counts the exits that are not written, each once", () => {
      const { out, ends } = bytesOf();
      const { length } = out;
      for (let taken = 0; taken < length; taken += 37) {
        let room = taken;
        const sink = new Sink("a terminal", (_, count) => {
          const written = Math.min(room, count);
          room -= written;
          return written < count ? -(4096 * written + 28) : written;
        });
        sink.spansLines = true;
        const copy = new ByteWriter();
        copy.put(out.bytes, 0, length);
        sink.flush(copy, true);
        expect(sink.lost).toBe(ends.filter((end) => end > taken).length);
      }
    });

    test("Sink.restart(): the rest of a partly written exit is dropped with all its lines", () => {
      const { out, ends } = bytesOf();
      for (let taken = 1; taken < ends[1]!; taken++) {
        const texts: string[] = [];
        let room = taken;
        const sink = new Sink("a log", (bytes, count) => {
          const written = Math.min(room, count);
          room = written < count ? 0 : room;
          texts.push(new TextDecoder().decode(bytes.subarray(0, written)));
          return written < count ? -(4096 * written + 28) : written;
        });
        sink.spansLines = true;
        const copy = new ByteWriter();
        copy.put(out.bytes, 0, ends[1]);
        sink.flush(copy, true);
        const lost = ends.slice(0, 2).filter((end) => end > taken).length;
        sink.restart(false);
        room = Number.POSITIVE_INFINITY;
        sink.flush(new ByteWriter(), true);
        expect([taken, sink.lost, texts.slice(1).join("")]).toEqual([taken, lost, ""]);
      }
    });
  },
);
