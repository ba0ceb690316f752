import type { CapabilityName } from "../system/capabilities.ts";
import { explainUnreadableBtf } from "./btf.ts";
import { explainMissingCapabilities } from "./capabilities.ts";
import type { Explanation } from "./explanation.ts";
import { explainLockdown } from "./lockdown.ts";
import { explainMemlock } from "./memlock.ts";
import { explainInterceptedBpf } from "./seccomp.ts";

/** The causes of EPERM and EACCES, likeliest first, as the keys of their doctor checks. */
const causes: readonly [check: string, explain: (more: readonly CapabilityName[]) => Explanation | undefined][] = [
  ["capabilities", explainMissingCapabilities],
  ["seccomp", explainInterceptedBpf],
  ["lockdown", explainLockdown],
  ["btf", explainUnreadableBtf],
  ["memlock", explainMemlock],
];

/**
 * Explains why the kernel refuses BPF with EPERM or EACCES; undefined if no known cause applies.
 * @param more the capabilities needed besides CAP_BPF and CAP_PERFMON.
 */
export function explainDenial(more: readonly CapabilityName[] = []): Explanation | undefined {
  for (const [check, explain] of causes) {
    const cause = explain(more);
    if (cause) return { ...cause, check };
  }
  return undefined;
}
