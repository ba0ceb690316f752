/** Summaries of fake exits. */
import { Timespec } from "../../src/exit/timespec.ts";
import type { Exit } from "../../src/exit/exit.ts";
import { ByteWriter } from "../../src/output/index.ts";
import type { Period, SummaryLayout, SummaryOptions } from "../../src/views/summary-data.ts";
import { Summary } from "../../src/views/summary.ts";
import { type Fields, fakeExit, written } from "./fake-exit.ts";

const SECOND = 1_795_441_481;

/** Ten seconds, in which the CPUs were busy for four. */
export const PERIOD: Period = {
  from: new Timespec().add(SECOND, 0),
  to: new Timespec().add(SECOND + 10, 500_000_000),
  busyNs: 4_000_000_000,
};

/** Returns options: by default a narrow summary by name, in UTC, of no terminal. */
export function summaryOptions(given: Partial<SummaryOptions> = {}): SummaryOptions {
  const byDefault = { by: ["comm"], isWide: false, hasColor: false, hasHeader: true, label: undefined } as const;
  return { ...byDefault, time: "utc", width: () => 0, ...given };
}

export function summaryOf(
  layout: SummaryLayout,
  options: Partial<SummaryOptions> = {},
  exits: readonly (Partial<Fields> | Exit)[] = [],
  maxAggregates?: number,
): Summary {
  const summary = new Summary(layout, summaryOptions(options), maxAggregates);
  addTo(summary, exits);
  return summary;
}

export function addTo(summary: Summary, exits: readonly (Partial<Fields> | Exit)[]): void {
  const out = new ByteWriter();
  for (const exit of exits) summary.exit(out, "record" in exit ? exit : fakeExit(exit));
  if (out.length) throw new Error("a summary writes nothing for an exit");
}

export function textOf(summary: Summary, period = PERIOD): string {
  return written((out) => summary.write(out, period));
}

/** Returns the rows of a summary in JSON. */
export function rowsOf(
  exits: readonly (Partial<Fields> | Exit)[],
  options: Partial<SummaryOptions> = {},
  maxAggregates?: number,
): Record<string, any>[] {
  const text = textOf(summaryOf("json", options, exits, maxAggregates));
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
