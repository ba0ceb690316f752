import { bpfInterception } from "../../bpf/features.ts";
import { explainMissingCapabilities } from "../../diagnose/capabilities.ts";
import { explainInterceptedBpf, ownSeccompMode } from "../../diagnose/seccomp.ts";
import { type Finding, no, unknown, yes } from "../check.ts";

/** Checks that bpf(2) reaches the kernel. */
export function seccomp(): Finding {
  const mode = ownSeccompMode();
  const intercepted = bpfInterception();
  const facts = { mode: mode ?? null, bpf_refused: intercepted !== undefined };
  if (!intercepted || (mode === 0 && explainMissingCapabilities()))
    return yes(mode ? "the filter allows bpf(2)" : "no filter", facts);
  // without capabilities, Linux before 5.19 itself returns EPERM for every command of bpf(2)
  if (intercepted.errno && explainMissingCapabilities()) {
    return unknown("bpf(2) is refused, by a filter or because capabilities are missing", undefined, facts);
  }
  const { why, advice } = explainInterceptedBpf()!;
  return no(why, advice, facts);
}
