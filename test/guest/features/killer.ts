import { expect } from "bun:test";
import { mistakes, readTruths } from "../../e2e/killings.ts";
import { type Feature, recorded, truthsOf, wide } from "./feature.ts";

const ways = ["senders", "states", "kernel", "pending", "queues", "exits", "many", "namespaces", "cgroups"];

export const killer: Feature = {
  name: "who killed it",
  steps: {
    killer: { tracers: { "": wide }, command: `for way in ${ways.join(" ")}; do /killings $way || return; done` },
    // more processes than pids: under a tracer of its own
    "killer noise": { tracers: { "": wide }, command: "/killings noise" },
  },
  check(outcome) {
    let isFilterSilent = false;
    for (const step of Object.keys(this.steps)) {
      const { of } = recorded(outcome, step);
      const { truths } = readTruths(truthsOf(outcome, step));
      expect(truths.length).toBeGreaterThan(0);
      // Linux 5.10 ends such a process without a signal that anybody sends: then nobody is named
      const silent = truths.filter(
        ({ how, pid }) => how.startsWith("a seccomp filter") && of(pid)[0]?.killed_by === null,
      );
      isFilterSilent ||= silent.length > 0;
      for (const { pid, status } of silent) expect([of(pid)[0]!.signal, status & 0x7f]).toEqual(["SIGSYS", 31]);
      expect(
        mistakes(
          truths.filter((truth) => !silent.includes(truth)),
          of,
        ),
      ).toEqual([]);
    }
    return isFilterSilent
      ? "nobody is named where a seccomp filter killed: this kernel sends no signal then"
      : undefined;
  },
};
