import { constants } from "node:os";
import { missingCapabilities, isInFirstUserNamespace } from "../libbpf/capabilities.ts";
import { bpfIsIntercepted } from "../libbpf/probes.ts";
import type { Explanation } from "./check.ts";
import { readText } from "./files.ts";
import { confidential, isConfidential } from "./lockdown.ts";
import { memlockIsTooSmall } from "./memlock.ts";

const FLAGS = "--cap-add BPF --cap-add PERFMON";

/** What a container takes that shall trace. */
export const containerAdvice = `in a container start it with ${FLAGS}, where docker does not know these with --cap-add SYS_ADMIN (docs/containers.md)`;

/** Where the capabilities are not there, or do not count. */
export function withoutCapabilities(): Explanation | undefined {
  if (!isInFirstUserNamespace()) {
    return {
      why: "we are in a user namespace, as in a rootless container, where not even root may trace",
      advice: "run it outside, as the host's root: with sudo, or in a container that root has started",
    };
  }
  const missing = missingCapabilities();
  if (!missing.length) return undefined;
  const names = missing.join(" and ");
  if (process.geteuid?.() !== 0) {
    // whoever has one of them has been given it on purpose
    if (missing.length > 1) return { why: "tracing needs root", advice: "run it with sudo" };
    return { why: `${names} is missing`, advice: "give it both CAP_BPF and CAP_PERFMON, or run it with sudo" };
  }
  return {
    why: `we are root without ${names}`,
    advice: `${containerAdvice}; in a systemd unit add CAP_BPF and CAP_PERFMON to CapabilityBoundingSet=`,
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
      `let bpf(2) through: docker's own filter does with ${FLAGS}; else --security-opt seccomp=unconfined; ` +
      "in a systemd unit SystemCallFilter=bpf",
  };
}

/** Why the kernel refuses BPF with EPERM or EACCES; none: nothing that we know of explains it. */
export function whyDenied(): Explanation | undefined {
  const causes: [check: string, cause: Explanation | undefined][] = [
    ["capabilities", withoutCapabilities()],
    ["seccomp", interceptedBpf()],
    ["lockdown", isConfidential() ? confidential : undefined],
    ["memlock", memlockIsTooSmall()],
  ];
  const [check, cause] = causes.find(([, found]) => found) ?? [];
  return cause && { ...cause, check };
}
