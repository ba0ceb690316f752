import { expect } from "bun:test";
import { checkRecord } from "../../support/exit-statuses.ts";
import type { ExpectedRecord } from "../../support/expected-record.ts";
import { type Feature, linesOf, tracerOutput, commandOutput, wide } from "./feature.ts";
import { CLOCK_SLACK } from "./status.ts";

/** Hides the kernel's BTF by a mount. */
const HIDE = "mount -t tmpfs none /sys/kernel/btf";
const SHOW = "umount /sys/kernel/btf";

export const noBtf: Feature = {
  name: "without BTF: one error message",
  steps: { "no btf": { before: HIDE, command: "/exitsnoop >events 2>stderr; echo $? >ended", after: SHOW } },
  check(outcome) {
    expect(outcome.part("no btf", "stderr")).toMatch(/^exitsnoop: this kernel has no BTF [^\n]*\n$/);
    expect(outcome.part("no btf", "events") + outcome.part("no btf", "ended")).toBe("1\n");
  },
};

export const btfFile: Feature = {
  name: "without BTF, but with `--btf FILE`",
  steps: {
    "btf file": {
      before: `cp /sys/kernel/btf/vmlinux /vmlinux.btf && ${HIDE}`,
      tracers: { "": `${wide} --btf /vmlinux.btf` },
      command: "for way in codes signals threads families; do /exit-statuses $way || return; done",
      after: `${SHOW}; rm /vmlinux.btf`,
    },
  },
  check(outcome) {
    const { events } = tracerOutput(outcome, "btf file");
    const truths = linesOf<ExpectedRecord>(commandOutput(outcome, "btf file"));
    expect(truths.length).toBeGreaterThan(380);
    for (const truth of truths) checkRecord(truth, events, CLOCK_SLACK);
  },
};
