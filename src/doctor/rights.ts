import { has, missingCapabilities, ownCapabilities } from "../system/capabilities.ts";
import { bpfIsIntercepted } from "../bpf/features.ts";
import { type Finding, no, unknown, yes } from "./check.ts";
import { interceptedBpf, ownSeccompMode, withoutCapabilities } from "../diagnose/denial.ts";
import { readText } from "../diagnose/read-file.ts";

export function capabilities(): Finding {
  const own = ownCapabilities();
  const names = (["CAP_SYS_ADMIN", "CAP_BPF", "CAP_PERFMON"] as const).filter((name) => has(own, name));
  const disabled = readText("/proc/sys/kernel/unprivileged_bpf_disabled")?.trim();
  const facts = {
    effective: own.toString(16).padStart(16, "0"),
    missing: missingCapabilities().join(",") || null,
    uid: process.geteuid?.() ?? null,
    unprivileged_bpf_disabled: disabled === undefined ? null : Number(disabled),
  };
  const wanting = withoutCapabilities();
  if (wanting) return no(wanting.why, wanting.advice, facts);
  return yes(names.join(", "), facts);
}

/** What stands between us and bpf(2). */
export function seccomp(): Finding {
  const mode = ownSeccompMode();
  const intercepted = bpfIsIntercepted();
  const facts = { mode: mode ?? null, bpf_refused: intercepted !== undefined };
  if (!intercepted || (mode === 0 && withoutCapabilities()))
    return yes(mode ? "a filter, which lets bpf(2) through" : "no filter", facts);
  // until Linux 5.19 the kernel itself says EPERM to whoever has no capabilities, whatever he asks for
  if (intercepted.errno && withoutCapabilities()) {
    return unknown("a filter; bpf(2) is refused, and the capabilities are missing, too", undefined, facts);
  }
  const { why, advice } = interceptedBpf()!;
  return no(why, advice, facts);
}
