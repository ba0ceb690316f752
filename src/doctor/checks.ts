import { rawTracepoints, ringBuffer, tracepoints } from "./attempts.ts";
import type { Check, Finding } from "./check.ts";
import { architecture, btf, kernel } from "./kernel.ts";
import { libbpf } from "./libbpf.ts";
import { lockdown } from "./lockdown.ts";
import { memlock } from "./memlock.ts";
import { capabilities, seccomp } from "./rights.ts";
import { cgroups, clock, container } from "./surroundings.ts";
import { tracing } from "./tracing.ts";

/** The one table of what the doctor looks at, in its order: text and JSON are made from it. The last one is the truth. */
export const checks: readonly Check[] = [
  { key: "kernel", name: "kernel", look: kernel },
  { key: "architecture", name: "architecture", look: architecture },
  { key: "btf", name: "BTF", look: btf },
  { key: "capabilities", name: "capabilities", look: capabilities },
  { key: "seccomp", name: "seccomp", look: seccomp },
  { key: "lockdown", name: "lockdown", look: lockdown },
  { key: "memlock", name: "memlock", look: memlock },
  { key: "ring_buffer", name: "ring buffer", look: ringBuffer },
  { key: "raw_tracepoints", name: "raw tracepoints", look: rawTracepoints },
  { key: "tracepoints", name: "tracepoints", look: tracepoints },
  { key: "cgroups", name: "cgroups", look: cgroups },
  { key: "container", name: "container", look: container },
  { key: "clock", name: "clock", look: clock },
  { key: "libbpf", name: "libbpf", look: libbpf },
  { key: "tracing", name: "tracing", look: tracing },
];

/** A check and what it found. */
export interface Result extends Finding {
  key: string;
  name: string;
}

/** Looks at everything. A check that fails itself is told, too, and keeps no other from looking. */
export function examine(table: readonly Check[] = checks): Result[] {
  return table.map(({ key, name, look }) => {
    try {
      return { key, name, ...look() };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // the last one must not be taken for well
      return {
        key,
        name,
        state: key === "tracing" ? "no" : "unknown",
        found: `cannot be looked at: ${reason}`,
        facts: {},
      };
    }
  });
}
