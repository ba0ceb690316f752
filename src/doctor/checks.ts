import { explainMissingNativeCore } from "../diagnose/native-core.ts";
import { type Check, type CheckOptions, type Facts, type Finding, unknown } from "./check.ts";
import { architecture } from "./checks/architecture.ts";
import { btf } from "./checks/btf.ts";
import { capabilities } from "./checks/capabilities.ts";
import { cgroups } from "./checks/cgroups.ts";
import { clock } from "./checks/clock.ts";
import { container } from "./checks/container.ts";
import { kernel } from "./checks/kernel.ts";
import { libbpf } from "./checks/libbpf.ts";
import { lockdown } from "./checks/lockdown.ts";
import { memlock } from "./checks/memlock.ts";
import { rawTracepoints } from "./checks/raw_tracepoints.ts";
import { ringBuffer } from "./checks/ring_buffer.ts";
import { seccomp } from "./checks/seccomp.ts";
import { tracepoints } from "./checks/tracepoints.ts";
import { tracing } from "./checks/tracing.ts";

/** The checks in the order of the text report and of JSON. The last one decides the verdict. */
export const checks: readonly Check[] = [
  { key: "kernel", facts: ["release"], run: kernel },
  { key: "architecture", facts: ["machine", "page_bytes", "cpus"], run: architecture },
  { key: "btf", name: "BTF", facts: ["bytes"], run: btf },
  { key: "capabilities", facts: ["effective", "missing", "uid", "unprivileged_bpf_disabled"], run: capabilities },
  { key: "seccomp", facts: ["mode", "bpf_refused"], run: seccomp },
  { key: "lockdown", facts: ["level"], run: lockdown },
  { key: "memlock", facts: ["limit_bytes", "counts"], run: memlock },
  { key: "ring_buffer", name: "ring buffer", facts: ["errno"], run: ringBuffer },
  { key: "raw_tracepoints", name: "raw tracepoints", facts: ["errno"], run: rawTracepoints },
  { key: "tracepoints", facts: ["tracefs"], run: tracepoints },
  { key: "cgroups", facts: ["v1", "v2", "v1_controller", "own_namespace"], run: cgroups },
  { key: "container", facts: ["runtime", "own_pid_namespace"], run: container },
  { key: "clock", facts: ["booted", "time_namespace_seconds"], run: clock },
  { key: "libbpf", facts: ["version"], run: libbpf },
  { key: "tracing", facts: ["attach_ms", "deaths", "seen"], run: tracing },
];

/** A finding with the key and the name of its check, and with all of the check's facts. */
export interface Result extends Finding {
  key: string;
  name: string;
  facts: Facts;
}

/** Runs every check. An exception of a check becomes its finding and does not stop the others. */
export function runChecks(options: CheckOptions, table: readonly Check[] = checks): Result[] {
  return table.map((check) => {
    const { key, name = key } = check;
    const { facts = {}, ...finding } = runCheck(check, options);
    // tracing decides the verdict, so an unknown result must not count as success
    const state = finding.state === "unknown" && key === "tracing" ? "no" : finding.state;
    const allFacts = Object.fromEntries(check.facts.map((fact) => [fact, facts[fact] ?? null]));
    return { key, name, ...finding, state, facts: allFacts };
  });
}

function runCheck(check: Check, options: CheckOptions): Finding {
  try {
    return check.run(options);
  } catch (error) {
    if (explainMissingNativeCore()) return unknown("this check needs the native core: see libbpf below");
    return unknown(`the check failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
