/** A recording of `-j -w`: every format writes of it what it writes of the live exits. */
import { describe, expect, test } from "bun:test";
import type { FormatOptions } from "../../src/output/index.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { repeated } from "../support/random.ts";
import { everyExit, exitsIn, fakeExits, replayed, textOfExits, textsOfExits } from "../support/recordings.ts";

const COUNT = repeated(150);
const recording = textOfExits(formatOf("-j -w"), fakeExits(COUNT));

/**
 * Replays the recording in each format. The live exits are made once for all formats, as that takes
 * longer than to write them. Compares the lines, so that a difference is shown by a line and not by
 * a megabyte.
 */
function compare(lines: readonly string[], makeFormat: typeof formatOf): Map<string, () => void> {
  const live = textsOfExits(
    lines.map((line) => makeFormat(line)),
    fakeExits(COUNT),
  );
  const check = (line: string, i: number) => () => {
    const expected = live[i]!.split("\n");
    const again = replayed(line, recording, makeFormat).split("\n");
    const at = expected.findIndex((text, row) => text !== again[row]);
    if (at >= 0) expect([at, again[at]]).toEqual([at, expected[at]]);
    expect(again).toHaveLength(expected.length);
  };
  return new Map(lines.map((line, i) => [line, check(line, i)]));
}

const onTerminal =
  (columns: number) =>
  (line: string, given: Partial<FormatOptions> = {}) =>
    formatOnTerminal(line, { ...given, width: () => columns });

test("recordings of two machines: the login user of one has no name of the other", () => {
  const line = (keys: object) => `${JSON.stringify({ event: "exit", pid: 1, comm: "x", ...keys })}\n`;
  const exits = new RecordedExits(everyExit, undefined);
  const format = formatOf("-f wide", { lacks: (key) => exits.lacks(key) });
  const write = (recording: string) => textOfExits(format, exitsIn(recording, exits));
  const ofLogin = line({ login_uid: 1000 });
  expect(write(line({ uid: 1000, user: "alice" }) + ofLogin)).toContain("login user alice");
  expect(write(ofLogin)).toContain("login user 1000");
});

test("fakeExits(): each exit has a line", () => {
  expect(recording.split("\n")).toHaveLength(COUNT + 1);
});

describe("a recording of -j -w has the bytes of the live output as", () => {
  const inFile = ["-f json -w", "-f json", "-f csv -w", "-f csv", "-f ecli", "-f wide", "-f trace", "-f html"];
  const ofTable = [
    "",
    "-w",
    "--time delta",
    "--time unix",
    "--time iso",
    "--time none",
    "-C +user,+crash,-comm --label x",
  ];
  const checks = compare([...inFile, ...ofTable.map((options) => `-f table ${options}`)], formatOf);

  test.each(inFile)("%s", (line) => checks.get(line)!());

  test.each(ofTable)("-f table %s", (options) => checks.get(`-f table ${options}`)!());

  test.each([80, 120, 0])("the table for people and blocks, at %i columns", (columns) => {
    for (const check of compare(["", "-w", "--time delta --label x"], onTerminal(columns)).values()) check();
  });
});
