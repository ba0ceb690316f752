import { expect } from "bun:test";
import { checkDeath } from "../../support/deaths.ts";
import type { Truth } from "../../support/truth.ts";
import { type Feature, linesOf, plain, recorded, truthsOf } from "./feature.ts";

const ways = ["codes", "signals", "faults", "threads", "families", "namespaces", "crowds"];
/** Emulated CPUs are away for a while, ns. */
export const CLOCK_SLACK = 50_000_000n;

export const status: Feature = {
  name: "status, as wait4() tells it; parent, user, age, time",
  steps: {
    status: { tracers: { "": plain }, command: `for way in ${ways.join(" ")}; do /deaths $way || return; done` },
  },
  check(outcome) {
    const { events } = recorded(outcome, "status");
    const truths = linesOf<Truth>(truthsOf(outcome, "status"));
    expect(truths.length).toBeGreaterThan(600);
    for (const truth of truths) checkDeath(truth, events, CLOCK_SLACK);
  },
};
