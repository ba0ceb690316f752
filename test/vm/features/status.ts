import { expect } from "bun:test";
import { checkRecord } from "../../support/exit-statuses.ts";
import type { ExpectedRecord } from "../../support/expected-record.ts";
import { type Feature, linesOf, plain, tracerOutput, commandOutput } from "./feature.ts";

const ways = ["codes", "signals", "faults", "threads", "families", "namespaces", "crowds"];
/** The error of times in emulation, ns: the host preempts emulated CPUs. */
export const CLOCK_SLACK = 50_000_000n;

export const status: Feature = {
  name: "status, as wait4() returns it; parent, user, age, time",
  steps: {
    status: { tracers: { "": plain }, command: `for way in ${ways.join(" ")}; do /exit-statuses $way || return; done` },
  },
  check(outcome) {
    const { events } = tracerOutput(outcome, "status");
    const truths = linesOf<ExpectedRecord>(commandOutput(outcome, "status"));
    expect(truths.length).toBeGreaterThan(600);
    for (const truth of truths) checkRecord(truth, events, CLOCK_SLACK);
  },
};
