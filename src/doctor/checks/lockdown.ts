import { canReadKernelMemory } from "../../bpf/features.ts";
import { explainLockdown, lockdownLevel, readLockdown } from "../../diagnose/lockdown.ts";
import { type Finding, no, unknown, yes } from "../check.ts";

/** Checks that programs may read kernel memory; kernel_lockdown(7). */
export function lockdown(): Finding {
  const text = readLockdown();
  const level = lockdownLevel(text ?? "") ?? null;
  const confidentiality = explainLockdown();
  if (confidentiality) return no(confidentiality.why, confidentiality.advice, { level: level ?? "confidentiality" });
  if (text !== undefined)
    return yes(level === "integrity" ? "integrity, which allows reading kernel memory" : "none", { level });
  // securityfs is not mounted in containers
  if (canReadKernelMemory()) return yes("kernel memory can be read; level unknown (no securityfs)", { level });
  return unknown("level unknown (no securityfs, or not readable)", undefined, { level });
}
