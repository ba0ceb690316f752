import { constants } from "node:os";
import { quoteWord } from "../output/sanitize.ts";
import {
  type CapabilityName,
  has,
  isInFirstUserNamespace,
  missingCapabilities,
  ownCapabilities,
} from "../system/capabilities.ts";
import { KERNEL_BTF } from "../bpf/min-core-btf.ts";
import { bpfIsIntercepted } from "../bpf/features.ts";
import type { Explanation } from "../doctor/check.ts";
import { attempt, readText } from "./read-file.ts";
import { confidential, isConfidential } from "./lockdown.ts";
import { memlockIsTooSmall } from "./memlock.ts";

const ALWAYS: readonly CapabilityName[] = ["CAP_BPF", "CAP_PERFMON"];

/**
 * Where capabilities are missing, or do not count.
 * @param more what is needed besides CAP_BPF and CAP_PERFMON.
 */
export function withoutCapabilities(more: readonly CapabilityName[] = []): Explanation | undefined {
  if (!isInFirstUserNamespace()) {
    return {
      why: "tracing needs capabilities over the whole machine, and in a user namespace, as of a rootless container, nobody has any",
      advice: "run exitsnoop outside of it, with sudo",
    };
  }
  const own = ownCapabilities();
  const missing = [...missingCapabilities(), ...more.filter((name) => !has(own, name))];
  return missing.length ? lacking([...ALWAYS, ...more], missing) : undefined;
}

/** Whoever is root here has been deprived of it, and sudo would not help. */
function lacking(needed: readonly CapabilityName[], missing: readonly CapabilityName[]): Explanation {
  const isRoot = process.geteuid?.() === 0;
  const names = needed.join(" ");
  const ways = [
    `setcap ${names.toLowerCase().replaceAll(" ", ",")}+ep ${quoteWord(process.execPath)}`,
    `in a service AmbientCapabilities=${names}`,
    `in a container ${flags(needed)} (docs/containers.md)`,
  ];
  const are = missing.length === 1 ? "is" : "are";
  const who = isRoot
    ? `tracing needs ${listed(needed)}, and although we are root`
    : `tracing needs root, or ${listed(needed)}, and`;
  return {
    why: `${who} ${listed(missing)} ${are} missing`,
    advice: `${isRoot ? "" : "use sudo, or "}grant them: ${(isRoot ? ways.slice(1) : ways).join(", ")}`,
  };
}

/** For docker run. */
function flags(names: readonly CapabilityName[]): string {
  return names.map((name) => `--cap-add ${name.slice("CAP_".length)}`).join(" ");
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Where the kernel's description of its types is there, and not for us. */
function unreadableBtf(): Explanation | undefined {
  // where it is not there, that is said elsewhere
  if (attempt(KERNEL_BTF, 1).code !== "EACCES") return undefined;
  return {
    why: `${KERNEL_BTF} may not be read by us`,
    advice: "use sudo, make it readable (chmod a+r), or grant CAP_DAC_READ_SEARCH",
  };
}

/** Seccomp in the text of /proc/PID/status: prctl(2). */
export function seccompMode(status: string): number | undefined {
  const mode = /^Seccomp:\s*(\d+)$/m.exec(status)?.[1];
  return mode === undefined ? undefined : Number(mode);
}

export const ownSeccompMode = () => seccompMode(readText("/proc/self/status") ?? "");

/** Where somebody in front of the kernel answers in its place. */
export function interceptedBpf(): Explanation | undefined {
  const intercepted = bpfIsIntercepted();
  if (!intercepted) return undefined;
  if (intercepted.errno === constants.errno.ENOSYS && ownSeccompMode() === 0) {
    return { why: "this kernel has no bpf(2)", advice: "exitsnoop needs one with CONFIG_BPF_SYSCALL" };
  }
  return {
    why: intercepted.errno
      ? "bpf(2) is refused before the kernel sees it: by a seccomp filter, as a rule"
      : "a seccomp filter kills whoever calls bpf(2)",
    advice:
      "let bpf(2) through: in a container --security-opt seccomp=unconfined, or --cap-add SYS_ADMIN (docs/containers.md), " +
      "in a service SystemCallFilter=bpf",
  };
}

/**
 * Why the kernel refuses BPF with EPERM or EACCES; none: nothing that we know of explains it.
 * @param more what is needed besides CAP_BPF and CAP_PERFMON.
 */
export function explainDenial(more: readonly CapabilityName[] = []): Explanation | undefined {
  const causes: [check: string, cause: Explanation | undefined][] = [
    ["capabilities", withoutCapabilities(more)],
    ["seccomp", interceptedBpf()],
    ["lockdown", isConfidential() ? confidential : undefined],
    ["btf", unreadableBtf()],
    ["memlock", memlockIsTooSmall()],
  ];
  const [check, cause] = causes.find(([, found]) => found) ?? [];
  return cause && { ...cause, check };
}
