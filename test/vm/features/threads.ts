import { expect } from "bun:test";
import type { WideEvent } from "../../support/cgroups.ts";
import { type Feature, linesOf, tracerOutput, commandOutput, wide } from "./feature.ts";

/** The exits of threads in each process, including the last. */
const counts = new Map([
  ["joined threads", 9],
  ["killed threads", 7],
  ["outlived leader", 2],
]);

export const threads: Feature = {
  name: "exits of threads (`-T`)",
  steps: {
    threads: {
      tracers: { "": `${wide} --threads` },
      command: `/resource-usage 1 ${Array.from(counts.keys(), (kind) => `"${kind}"`).join(" ")}`,
    },
  },
  check(outcome) {
    const { of, lost } = tracerOutput(outcome, "threads", "", true);
    let missing = 0;
    const truths = linesOf<{ kind: string; pid: number }>(commandOutput(outcome, "threads"));
    expect(truths.map(({ kind }) => kind).toSorted()).toEqual([...counts.keys()].toSorted());
    for (const { kind, pid } of truths) {
      const events = of(pid) as (WideEvent & { tid: number; threads: number | null })[];
      expect([kind, new Set(events.map(({ tid }) => tid)).size]).toEqual([kind, events.length]);
      const absent = counts.get(kind)! - events.length;
      missing += absent;
      // one event is the exit of the process, unless that is the lost one
      const processExits = events.filter((event) => event.threads !== null).length;
      if (processExits > 0 || absent === 0) expect([kind, processExits]).toEqual([kind, 1]);
    }
    expect(missing).toBeGreaterThanOrEqual(0);
    expect(missing).toBeLessThanOrEqual(lost);
  },
};
