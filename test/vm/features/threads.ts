import { expect } from "bun:test";
import type { WideEvent } from "../../support/cgroups.ts";
import { type Feature, linesOf, recorded, truthsOf, wide } from "./feature.ts";

/** What each has, its last thread included. */
const counts = new Map([
  ["joined threads", 9],
  ["killed threads", 7],
  ["outlived leader", 2],
]);

export const threads: Feature = {
  name: "every thread's end (`-T`)",
  steps: {
    threads: {
      tracers: { "": `${wide} --threads` },
      command: `/lives 1 ${Array.from(counts.keys(), (kind) => `"${kind}"`).join(" ")}`,
    },
  },
  check(outcome) {
    const { of, lost } = recorded(outcome, "threads", "", true);
    let missing = 0;
    const truths = linesOf<{ kind: string; pid: number }>(truthsOf(outcome, "threads"));
    expect(truths.map(({ kind }) => kind).toSorted()).toEqual([...counts.keys()].toSorted());
    for (const { kind, pid } of truths) {
      const events = of(pid) as (WideEvent & { tid: number; threads: number | null })[];
      expect([kind, new Set(events.map(({ tid }) => tid)).size]).toEqual([kind, events.length]);
      const absent = counts.get(kind)! - events.length;
      missing += absent;
      // the process's own end; where threads have lost their memory when they are told, it may come before that of one that it waited for
      const own = events.filter((event) => event.threads !== null).length;
      // it, too, may be the one that was lost, but only where this process is short of one
      if (own > 0 || absent === 0) expect([kind, own]).toEqual([kind, 1]);
    }
    expect(missing).toBeGreaterThanOrEqual(0);
    expect(missing).toBeLessThanOrEqual(lost);
  },
};
