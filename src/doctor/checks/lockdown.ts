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
    return yes(level === "integrity" ? "integrity, which allows programs to read kernel memory" : "none", { level });
  // securityfs is not mounted in containers
  if (canReadKernelMemory())
    return yes("programs may read kernel memory; the level is not shown (no securityfs)", { level });
  return unknown("the level is not shown here (no securityfs, or no permission to read it)", undefined, { level });
}
