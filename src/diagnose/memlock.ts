import { Btf } from "../bpf/btf.ts";
import { has, ownCapabilities } from "../system/capabilities.ts";
import { describesItself, KERNEL_BTF } from "../bpf/min-core-btf.ts";
import { type Explanation, type Finding, limited, no, unknown, yes } from "../doctor/check.ts";
import { readText } from "./read-file.ts";

/** The default trace's maps, programs and ring, as long as that is not larger than 1 MB. */
const ENOUGH = 8 * 1024 * 1024;
/** The smallest one does not do with less. */
const LEAST = 1024 * 1024;

/** RLIMIT_MEMLOCK's soft limit in the text of /proc/PID/limits, bytes. */
export function memlockLimit(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : soft === undefined ? undefined : Number(soft);
}

const ownLimit = () => memlockLimit(readText("/proc/self/limits") ?? "");
const mayRaise = () => has(ownCapabilities(), "CAP_SYS_RESOURCE");

/**
 * Whether what BPF takes counts as locked memory: until Linux 5.11, when it became the cgroup's memory. With the accounting
 * struct bpf_map_memory (include/linux/bpf.h) went. None: the kernel does not say.
 */
export function countsAsLocked(): boolean | undefined {
  if (!describesItself()) return undefined;
  const kernel = Btf.of(KERNEL_BTF);
  try {
    return kernel.hasStruct("bpf_map_memory");
  } finally {
    kernel.close();
  }
}

const size = (bytes: number) => (bytes === Number.POSITIVE_INFINITY ? "unlimited" : `${Math.floor(bytes / 1024)} KB`);

/** Where that is what the kernel's refusal means. */
export function memlockIsTooSmall(): Explanation | undefined {
  const limit = ownLimit();
  if (limit === undefined || limit >= ENOUGH || mayRaise() || !countsAsLocked()) return undefined;
  return {
    why: `only ${size(limit)} of memory may be locked, and BPF counts as that on this kernel`,
    advice:
      "raise the limit (ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 of docker)",
  };
}

/** setrlimit(2): RLIMIT_MEMLOCK. */
export function memlock(): Finding {
  const limit = ownLimit();
  const counts = countsAsLocked();
  const facts = {
    limit_bytes: limit === undefined || limit === Number.POSITIVE_INFINITY ? null : limit,
    counts: counts ?? null,
  };
  if (counts === false) return yes("BPF counts as the cgroup's memory, not as locked memory", facts);
  if (limit === undefined) return unknown("the limit of locked memory is not told here", undefined, facts);
  const short = memlockIsTooSmall();
  if (short) return (limit < LEAST ? no : limited)(short.why, short.advice, facts);
  if (counts === undefined)
    return unknown(
      `${size(limit)} may be locked; whether BPF counts as that, this kernel does not say`,
      undefined,
      facts,
    );
  return yes(mayRaise() ? `${size(limit)}, which we may raise` : size(limit), facts);
}
