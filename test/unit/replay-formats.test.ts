/** A recording of `-j -w`: every format writes of it what it writes of the live exits. */
import { describe, expect, test } from "bun:test";
import type { FormatOptions } from "../../src/output/index.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { everyExit, exitsIn, fakeExits, replayed, textOfExits } from "../support/recordings.ts";

const COUNT = 1000;
const recording = textOfExits(formatOf("-j -w"), fakeExits(COUNT));

/** Compares the lines, so that a difference is shown by a line and not by a megabyte. */
function compare(line: string, makeFormat = formatOf): void {
  const live = textOfExits(makeFormat(line), fakeExits(COUNT)).split("\n");
  const again = replayed(line, recording, makeFormat).split("\n");
  for (const [i, text] of live.entries()) if (text !== again[i]) expect(again[i]).toBe(text);
  expect(again.length).toBe(live.length);
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
  test.each(["-f json -w", "-f json", "-f csv -w", "-f csv", "-f ecli", "-f wide", "-f trace", "-f html"])(
    "%s",
    (line) => compare(line),
  );

  test.each(["", "-w", "--time delta", "--time unix", "--time iso", "--time none", "-C +user,+crash,-comm --label x"])(
    "-f table %s",
    (options) => compare(`-f table ${options}`),
  );

  test.each([80, 120, 0])("the table for people and blocks, at %i columns", (columns) => {
    compare("", onTerminal(columns));
    compare("-w", onTerminal(columns));
    compare("--time delta --label x", onTerminal(columns));
  });
});
