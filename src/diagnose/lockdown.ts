import { hidesMemory, mayReadKernel } from "../bpf/features.ts";
import { type Explanation, type Finding, no, unknown, yes } from "../doctor/check.ts";
import { readText } from "./read-file.ts";

const FILE = "/sys/kernel/security/lockdown";

export const confidential: Explanation = {
  why: "the kernel is locked down (confidentiality): nobody may read its memory, not even root's programs in it",
  advice: "boot it with lockdown=integrity, or without; nothing else helps",
};

/** The level in `none [integrity] confidentiality`. */
export function lockdownLevel(text: string): string | undefined {
  return /\[(\w+)\]/.exec(text)?.[1];
}

/** Whether programs are kept from reading the kernel's memory: LOCKDOWN_BPF_READ_KERNEL in include/linux/security.h. */
export function isConfidential(): boolean {
  const text = readText(FILE);
  return text === undefined ? hidesMemory() : lockdownLevel(text) === "confidentiality";
}

/** kernel_lockdown(7). */
export function lockdown(): Finding {
  const text = readText(FILE);
  const level = lockdownLevel(text ?? "") ?? null;
  if (isConfidential()) return no(confidential.why, confidential.advice, { level: level ?? "confidentiality" });
  if (text !== undefined) return yes(level === "integrity" ? "integrity, which lets us read" : "none", { level });
  // securityfs is not mounted in containers, and not everywhere else
  if (mayReadKernel())
    return yes("programs may read the kernel's memory; securityfs, which has the level, is not mounted", { level });
  return unknown("not told here (securityfs is not mounted, or not ours to read)", undefined, { level });
}
