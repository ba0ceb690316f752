import { isKernelReadBlocked } from "../bpf/features.ts";
import type { Explanation } from "./explanation.ts";
import { readText } from "./read-file.ts";

const confidentiality: Explanation = {
  why: "the kernel is locked down (confidentiality), so BPF programs may not read kernel memory",
  advice: "boot with lockdown=integrity or without lockdown; nothing else helps",
};

/** Returns the selected level in the text of the file: `none [integrity] confidentiality`. */
export function lockdownLevel(text: string): string | undefined {
  return /\[(\w+)\]/.exec(text)?.[1];
}

/** Returns the text of the file that shows the level; undefined if securityfs is not mounted. */
export const readLockdown = () => readText("/sys/kernel/security/lockdown");

/**
 * Returns an explanation if lockdown denies BPF programs kernel memory: LOCKDOWN_BPF_READ_KERNEL of
 * include/linux/security.h. Tries to load such a program if the level cannot be read.
 */
export function explainLockdown(): Explanation | undefined {
  const text = readLockdown();
  const isConfidential = text === undefined ? isKernelReadBlocked() : lockdownLevel(text) === "confidentiality";
  return isConfidential ? confidentiality : undefined;
}
