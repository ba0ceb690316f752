/** Sums of a recording are those of the live exits. */
import { describe, expect, test } from "bun:test";
import type { Exit } from "../../src/exit/exit.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { type SummaryKeyName, summaryKeyNames } from "../../src/views/keys.ts";
import type { LacksColumn } from "../../src/views/lacks.ts";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { type SummaryLayout, summaryLayouts } from "../../src/views/summary-data.ts";
import { formatOf } from "../support/fake-host.ts";
import { repeated } from "../support/random.ts";
import { everyExit, exitsIn, fakeExits, textOfExits, textsOfExits } from "../support/recordings.ts";
import { PERIOD, summaryOf, textOf } from "../support/summaries.ts";

const COUNT = repeated(100);
const period = { ...PERIOD, busyNs: undefined };

type Keys = readonly SummaryKeyName[];

/**
 * Returns the lines of the sums by each of the keys in each layout. The exits are added as they
 * pass: a replay has one exit, which moves.
 */
function sums(keys: readonly Keys[], exits: Iterable<Exit>, lacks?: LacksColumn): Record<SummaryLayout, string[]>[] {
  const summaries = keys.map((by) =>
    summaryLayouts.map((layout) => [layout, summaryOf(layout, { by, isWide: true, lacks })] as const),
  );
  textsOfExits(
    summaries.flat().map(([, summary]) => summary),
    exits,
  );
  return summaries.map(
    (layouts) =>
      Object.fromEntries(layouts.map(([layout, summary]) => [layout, textOf(summary, period).split("\n")])) as Record<
        SummaryLayout,
        string[]
      >,
  );
}

function replayedSums(by: Keys, recording: string): Record<SummaryLayout, string[]> {
  const exits = new RecordedExits(everyExit, undefined);
  return sums([by], exitsIn(recording, exits), (key) => exits.lacksSum(key))[0]!;
}

const recording = textOfExits(formatOf("-j -w"), fakeExits(COUNT));

describe("a recording of -j -w has the sums of the live exits", () => {
  const combined: SummaryKeyName[][] = [["unit", "code"], ["comm", "exe", "args", "killer"], [...summaryKeyNames]];
  const keys = [...summaryKeyNames.map((name) => [name]), ...combined];
  // one pass for all keys: to make the exits takes longer than to add them
  const live = sums(keys, fakeExits(COUNT));

  test.each(keys.map((by, i) => [by.join(), by, live[i]!] as const))("--by %s", (_, by, expected) => {
    const again = replayedSums(by, recording);
    for (const layout of summaryLayouts) {
      expect(expected[layout].length).toBeGreaterThan(3);
      expect(again[layout]).toEqual(expected[layout]);
    }
  });
});

test("a recording of comm and signal alone: null for each sum that it lacks", () => {
  const [row] = replayedSums(["comm"], '{"event":"exit","comm":"x","signal":"SIGKILL"}\n'.repeat(3)).json;
  expect(JSON.parse(row!)).toMatchObject({
    comm: "x",
    exits: 3,
    failed: 0,
    killed: 3,
    oom_killed: null,
    cpu_user_ns: null,
    cpu_unknown: 3,
    max_rss_bytes: null,
    duration_median_ns: null,
    duration_histogram: [],
  });
});

test("a recording without killed_by in which none was killed: none was killed by the OOM killer", () => {
  const [row] = replayedSums(["comm"], '{"event":"exit","comm":"x","exit_code":1}\n').json;
  expect(JSON.parse(row!)).toMatchObject({ failed: 1, killed: 0, oom_killed: 0 });
});

test("a recording with suppressed exits: sums them up with those that were printed", () => {
  const kill = { event: "exit", time: "2026-11-30T01:47:01.000000000Z", comm: "x", signal: "SIGKILL", exit_code: null };
  const suppressed = { ...kill, event: "suppressed", count: 4213, killed_by_kind: "oom" };
  const recording = [kill, suppressed, { ...suppressed, comm: "y", count: 2 }].map((line) => JSON.stringify(line));
  const exits = new RecordedExits(everyExit, undefined);
  const summary = summaryOf("json", { by: ["comm"], isWide: false, lacks: (key) => exits.lacksSum(key) });
  for (const exit of exitsIn(recording.join("\n"), exits)) {
    summary.exit(new ByteWriter(), exit, exits.suppressed || 1);
  }
  const rows = textOf(summary, period).trim().split("\n");
  expect(rows.map((row) => JSON.parse(row) as object)).toMatchObject([
    { row: "key", comm: "x", exits: 4214, killed: 4214, oom_killed: 4213, cpu_unknown: 4214 },
    { row: "key", comm: "y", exits: 2, killed: 2, oom_killed: 2 },
    { row: "total", exits: 4216 },
  ]);
});
