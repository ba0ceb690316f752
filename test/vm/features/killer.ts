import { expect } from "bun:test";
import { mistakes, readTruths } from "../../support/killings.ts";
import { type Feature, recorded, truthsOf, wide } from "./feature.ts";

const ways = [
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
    killer: { tracers: { "": wide }, command: `for way in ${ways.join(" ")}; do /killings $way || return; done` },
    // more processes than pids: under a tracer of its own
    "killer noise": { tracers: { "": wide }, command: "/killings noise" },
  },
  check(outcome) {
    for (const step of Object.keys(this.steps)) {
      const { of } = recorded(outcome, step);
      const { truths } = readTruths(truthsOf(outcome, step));
      expect(truths.length).toBeGreaterThan(0);
      expect(mistakes(truths, of)).toEqual([]);
    }
    return undefined;
  },
};
