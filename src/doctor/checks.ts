import { rawTracepoints, ringBuffer, tracepoints } from "../diagnose/attempts.ts";
import { type Asked, type Check, type Facts, type Finding, unknown } from "./check.ts";
import { architecture, btf, kernel } from "./kernel.ts";
import { libbpf, withoutNativeCore } from "./libbpf.ts";
import { lockdown } from "../diagnose/lockdown.ts";
import { memlock } from "../diagnose/memlock.ts";
import { capabilities, seccomp } from "./rights.ts";
import { cgroups, clock, container } from "./surroundings.ts";
import { tracing } from "./tracing.ts";

/** The one table of what the doctor looks at, in its order: text and JSON are made from it. The last one is the truth. */
export const checks: readonly Check[] = [
  { key: "kernel", name: "kernel", facts: ["release"], look: kernel },
  { key: "architecture", name: "architecture", facts: ["machine", "page_bytes", "cpus"], look: architecture },
  { key: "btf", name: "BTF", facts: ["bytes"], look: btf },
  {
    key: "capabilities",
    name: "capabilities",
    facts: ["effective", "missing", "uid", "unprivileged_bpf_disabled"],
    look: capabilities,
  },
  { key: "seccomp", name: "seccomp", facts: ["mode", "bpf_refused"], look: seccomp },
  { key: "lockdown", name: "lockdown", facts: ["level"], look: lockdown },
  { key: "memlock", name: "memlock", facts: ["limit_bytes", "counts"], look: memlock },
  { key: "ring_buffer", name: "ring buffer", facts: ["errno"], look: ringBuffer },
  { key: "raw_tracepoints", name: "raw tracepoints", facts: ["errno"], look: rawTracepoints },
  { key: "tracepoints", name: "tracepoints", facts: ["tracefs"], look: tracepoints },
  { key: "cgroups", name: "cgroups", facts: ["v1", "v2", "v1_controller", "own_namespace"], look: cgroups },
  { key: "container", name: "container", facts: ["runtime", "own_pid_namespace"], look: container },
  { key: "clock", name: "clock", facts: ["booted", "time_namespace_seconds"], look: clock },
  { key: "libbpf", name: "libbpf", facts: ["version"], look: libbpf },
  { key: "tracing", name: "tracing", facts: ["attach_ms", "deaths", "seen"], look: tracing },
];

/** A check and what it found. */
export interface Result extends Finding {
  key: string;
  name: string;
  facts: Facts;
}

/** Looks at everything. A check that fails itself is told, too, and keeps no other from looking. */
export function examine(asked: Asked, table: readonly Check[] = checks): Result[] {
  return table.map(({ key, name, facts: keys, look }) => {
    const { facts, ...finding } = carefully(() => look(asked));
    // the last one must not be taken for well where nobody knows
    const state = finding.state === "unknown" && key === "tracing" ? "no" : finding.state;
    return {
      key,
      name,
      ...finding,
      state,
      facts: Object.fromEntries(keys.map((fact) => [fact, facts?.[fact] ?? null])),
    };
  });
}

function carefully(look: () => Finding): Finding {
  try {
    return look();
  } catch (error) {
    if (withoutNativeCore()) return unknown("takes the native core: see libbpf below");
    return unknown(`cannot be looked at: ${error instanceof Error ? error.message : String(error)}`);
  }
}
