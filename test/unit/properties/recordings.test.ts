/** Mutated recordings: each line is left out and counted, or replayed with its own values. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { columns } from "../../../src/output/index.ts";
import { RecordedExits } from "../../../src/replay/recorded-exits.ts";
import { ByteWriter } from "../../../src/text/byte-writer.ts";
import { summaryKeyNames } from "../../../src/views/keys.ts";
import { ReplayedSummary } from "../../../src/views/replayed-summary.ts";
import { type SummaryLayout, summaryLayouts } from "../../../src/views/summary-data.ts";
import { textOf } from "../../support/fake-exit.ts";
import { formatOf } from "../../support/fake-host.ts";
import { always, mutated } from "../../support/property.ts";
import { everyExit, exitsIn, fakeExits, textOfExits } from "../../support/recordings.ts";
import { summaryOptions } from "../../support/summaries.ts";

const COUNT = 100;
const bytesOfLines = textOfExits(formatOf("-j -w"), fakeExits(COUNT))
  .trimEnd()
  .split("\n")
  .map((line) => Buffer.from(line));
const keys = columns.map(({ key }) => key).filter((key) => key !== "tid" && key !== "thread_comm");

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses a line with its large numbers as texts; undefined if it is no JSON. */
function parse(line: Uint8Array): Record<string, unknown> | undefined {
  try {
    return JSON.parse(strict.decode(line).replace(/:[ \t\r]*(\d{16,})/g, ':"$1"')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Returns the values of the columns. */
const valuesOf = (line: Record<string, unknown>) => Object.fromEntries(keys.map((key) => [key, line[key] ?? null]));

/** Compares a value with the one in the line, whose objects may have other members as well. */
function compare(key: string, found: unknown, expected: unknown): void {
  if (Array.isArray(found) && Array.isArray(expected)) {
    found.forEach((value, i) => compare(`${key}.${i}`, value, expected[i]));
    expect(found.length).toBe(expected.length);
  } else if (found !== null && typeof found === "object" && expected !== null && typeof expected === "object") {
    const members = expected as Record<string, unknown>;
    for (const [name, value] of Object.entries(found)) compare(`${key}.${name}`, value, members[name] ?? null);
  } else {
    expect(`${key} ${JSON.stringify(found)}`).toBe(`${key} ${JSON.stringify(expected)}`);
  }
}

/** Replays a recording as JSON. Returns its lines, and how many lines were left out. */
function replay(recording: Uint8Array) {
  const exits = new RecordedExits(everyExit, undefined);
  const format = formatOf("-j -w", { lacks: (key) => exits.lacks(key) });
  return {
    lines: textOfExits(format, exitsIn(recording, exits)).split("\n").slice(0, -1),
    leftOut: exits.leftOut.lines,
  };
}

/** Sums up a recording by every key, in intervals. */
function sumsOf(layout: SummaryLayout, recording: Uint8Array): string {
  const exits = new RecordedExits(everyExit, undefined);
  const options = summaryOptions({ by: summaryKeyNames, isWide: true, lacks: (key) => exits.lacksSum(key) });
  const summary = new ReplayedSummary(layout, options, 1000);
  const out = new ByteWriter();
  for (const exit of exitsIn(recording, exits)) summary.exit(out, exit);
  summary.finish(out);
  return textOf(out);
}

/** Other bytes in place of some, or fewer or more of them. */
const mutatedLine: fc.Arbitrary<Uint8Array> = fc
  .nat(COUNT - 1)
  .chain((index) => {
    const line = bytesOfLines[index]!;
    const other = bytesOfLines[(index + 1) % COUNT]!;
    const at = fc.nat(line.length);
    return fc.oneof(
      mutated(line, 3),
      fc.tuple(at, at).map(([from, to]) => Buffer.concat([line.subarray(0, from), line.subarray(to)])),
      fc
        .tuple(at, fc.nat(other.length))
        .map(([from, to]) => Buffer.concat([line.subarray(0, from), other.subarray(to)])),
      fc
        .tuple(at, fc.constantFrom(...'{}[],:"\\0-9ex \x00\x7f\xff'))
        .map(([place, byte]) =>
          Buffer.concat([line.subarray(0, place), Buffer.from(byte, "latin1"), line.subarray(place)]),
        ),
    );
  })
  .map((line) => Uint8Array.from(line).map((byte) => (byte === 10 ? 11 : byte)));

describe("mutated recordings:", () => {
  test("a line is left out, or it is JSON whose values are replayed", () => {
    always(
      mutatedLine,
      (line) => {
        const recording = Buffer.concat([
          bytesOfLines[0]!,
          Buffer.from("\n"),
          line,
          Buffer.from("\n"),
          bytesOfLines[1]!,
        ]);
        const { lines, leftOut } = replay(recording);
        const isBlank = /^[ \t\r]*$/.test(Buffer.from(line).toString("latin1"));
        const glued = Buffer.from(line).lastIndexOf('{"event":"');
        const isGlued = glued > 0 && parse(line.subarray(glued)) !== undefined && parse(line) === undefined;
        expect(lines.length + leftOut + (isBlank ? 1 : 0)).toBe(isGlued ? 4 : 3);
        if (lines.length < 3) return;
        const parsed = parse(isGlued ? line.subarray(glued) : line);
        expect(parsed).toBeDefined();
        const [found, expected] = [valuesOf(parse(Buffer.from(lines[1]!))!), valuesOf(parsed!)];
        for (const key of keys) compare(key, found[key], expected[key]);
      },
      100,
    );
  });

  test("every format writes what is left of a recording whose lines are mutated", () => {
    const formats = [
      "-f json",
      "-f csv -w",
      "-f table -w",
      "-f table",
      "-f ecli",
      "-f wide",
      "-f trace -w",
      "-f html -w",
    ];
    always(
      fc.array(mutatedLine, { minLength: 1, maxLength: 20 }),
      (lines) => {
        const recording = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
        for (const line of formats) {
          const exits = new RecordedExits(everyExit, undefined);
          const text = textOfExits(formatOf(line, { lacks: (key) => exits.lacks(key) }), exitsIn(recording, exits));
          // no byte of a name is written as it is
          expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
        }
        for (const layout of summaryLayouts) {
          const text = sumsOf(layout, recording);
          expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]|NaN|Infinity|undefined/);
          if (layout === "json") for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
        }
      },
      10,
    );
  });

  test("random bytes: no exit is replayed, and each line that is not blank is counted", () => {
    always(fc.uint8Array({ maxLength: 2000 }), (recording) => {
      const text = Buffer.from(recording).toString("latin1");
      const leftOut = text.split("\n").filter((line) => /[^ \t\r]/.test(line)).length;
      expect(replay(recording)).toEqual({ lines: [], leftOut });
    });
  });
});
