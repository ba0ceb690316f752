import { expect } from "bun:test";
import { checkDeath } from "../../support/deaths.ts";
import type { Truth } from "../../support/truth.ts";
import { type Feature, linesOf, recorded, truthsOf, wide } from "./feature.ts";
import { CLOCK_SLACK } from "./status.ts";

/** A folder that is mounted over: there is no BTF in it. */
const HIDE = "mount -t tmpfs none /sys/kernel/btf";
const SHOW = "umount /sys/kernel/btf";

export const noTypes: Feature = {
  name: "without BTF: one sentence",
  steps: { "no types": { before: HIDE, command: "/exitsnoop >events 2>said; echo $? >ended", after: SHOW } },
  check(outcome) {
    expect(outcome.part("no types", "said")).toMatch(/^exitsnoop: this kernel does not describe its types [^\n]*\n$/);
    expect(outcome.part("no types", "events") + outcome.part("no types", "ended")).toBe("1\n");
  },
};

export const typesFile: Feature = {
  name: "without BTF, but with `--btf FILE`",
  steps: {
    "types file": {
      before: `cp /sys/kernel/btf/vmlinux /vmlinux.btf && ${HIDE}`,
      tracers: { "": `${wide} --btf /vmlinux.btf` },
      command: "for way in codes signals threads families; do /deaths $way || return; done",
      after: `${SHOW}; rm /vmlinux.btf`,
    },
  },
  check(outcome) {
    const { events } = recorded(outcome, "types file");
    const truths = linesOf<Truth>(truthsOf(outcome, "types file"));
    expect(truths.length).toBeGreaterThan(380);
    for (const truth of truths) checkDeath(truth, events, CLOCK_SLACK);
  },
};
