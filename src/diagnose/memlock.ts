import { Btf } from "../bpf/btf.ts";
import { hasKernelBtf, KERNEL_BTF } from "../bpf/min-core-btf.ts";
import { has, ownCapabilities } from "../system/capabilities.ts";
import type { Explanation } from "./explanation.ts";
import { readText } from "./read-file.ts";

/** Enough for the programs and maps of the default trace, with a ring buffer of up to 1 MB. */
const ENOUGH_BYTES = 8 * 1024 * 1024;

/** Returns the soft RLIMIT_MEMLOCK in bytes, from the text of /proc/PID/limits. */
export function memlockLimit(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : soft === undefined ? undefined : Number(soft);
}

export const ownMemlockLimit = () => memlockLimit(readText("/proc/self/limits") ?? "");
export const canRaiseMemlock = () => has(ownCapabilities(), "CAP_SYS_RESOURCE");

/**
 * Returns true if the kernel charges BPF memory to RLIMIT_MEMLOCK, as before Linux 5.11: that
 * accounting has struct bpf_map_memory (include/linux/bpf.h). Undefined without BTF.
 */
export function bpfCountsAsLocked(): boolean | undefined {
  if (!hasKernelBtf()) return undefined;
  const kernel = Btf.parse(KERNEL_BTF);
  try {
    return kernel.hasStruct("bpf_map_memory");
  } finally {
    kernel.close();
  }
}

export function formatLimit(bytes: number): string {
  return bytes === Number.POSITIVE_INFINITY ? "unlimited" : `${Math.floor(bytes / 1024)} KB`;
}

/** Returns an explanation if RLIMIT_MEMLOCK is too small for the trace and cannot be raised. */
export function explainMemlock(): Explanation | undefined {
  const limit = ownMemlockLimit();
  if (limit === undefined || limit >= ENOUGH_BYTES || canRaiseMemlock() || !bpfCountsAsLocked()) return undefined;
  return {
    why: `only ${formatLimit(limit)} of memory may be locked, and BPF memory counts as locked on this kernel`,
    advice:
      "raise the limit (ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 of docker)",
  };
}
