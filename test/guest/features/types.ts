import { expect } from "bun:test";
import type { Feature } from "./feature.ts";

/** A folder that is mounted over: there is no BTF in it. */
const HIDE = "mount -t tmpfs none /sys/kernel/btf";

export const noTypes: Feature = {
  name: "without BTF: one sentence",
  steps: {
    "no types": {
      before: HIDE,
      command: "/exitsnoop >events 2>said; echo $? >ended",
      after: "umount /sys/kernel/btf",
    },
  },
  check(outcome) {
    expect(outcome.part("no types", "said")).toMatch(/^exitsnoop: this kernel does not describe its types [^\n]*\n$/);
    expect(outcome.part("no types", "events") + outcome.part("no types", "ended")).toBe("1\n");
  },
};
