import { explainMissingCapabilities } from "../../diagnose/capabilities.ts";
import { readText } from "../../diagnose/read-file.ts";
import { has, missingCapabilities, ownCapabilities } from "../../system/capabilities.ts";
import { type Finding, no, yes } from "../check.ts";

/** CAP_SYS_ADMIN includes the other two. */
const sufficient = ["CAP_SYS_ADMIN", "CAP_BPF", "CAP_PERFMON"] as const;

/** Checks the capabilities for loading and attaching programs. */
export function capabilities(): Finding {
  const own = ownCapabilities();
  const disabled = readText("/proc/sys/kernel/unprivileged_bpf_disabled")?.trim();
  const facts = {
    effective: own.toString(16).padStart(16, "0"),
    missing: missingCapabilities().join(",") || null,
    uid: process.geteuid?.() ?? null,
    unprivileged_bpf_disabled: disabled === undefined ? null : Number(disabled),
  };
  const missing = explainMissingCapabilities([], false);
  if (missing) return no(missing.why, missing.advice, facts);
  return yes(sufficient.filter((name) => has(own, name)).join(", "), facts);
}
