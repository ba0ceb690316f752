import { expect } from "bun:test";
import { mistakes, readTruths } from "../../support/killings.ts";
import { type Feature, tracerOutput, commandOutput, wide } from "./feature.ts";

const SCENARIOS = [
  "senders",
  "states",
  "kernel",
  "behalf",
  "outcomes",
  "reboots",
  "pending",
  "queues",
  "exits",
  "many",
  "namespaces",
  "cgroups",
];

export const killer: Feature = {
  name: "who killed it",
  steps: {
    killer: {
      tracers: { "": wide },
      command: `for scenario in ${SCENARIOS.join(" ")}; do /killings $scenario || return; done`,
    },
    // a tracer of its own, because these processes use more pids than exist
    "killer noise": { tracers: { "": wide }, command: "/killings noise" },
  },
  check(outcome) {
    for (const step of Object.keys(this.steps)) {
      const { of } = tracerOutput(outcome, step);
      const { truths } = readTruths(commandOutput(outcome, step));
      expect(truths.length).toBeGreaterThan(0);
      expect(mistakes(truths, of)).toEqual([]);
    }
    return undefined;
  },
};
