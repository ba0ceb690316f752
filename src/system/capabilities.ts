import { readFileSync } from "node:fs";
import { namespaceOf } from "./process.ts";

/** include/uapi/linux/capability.h, as far as tracing asks for them, a command as another user, or a package's programs. */
const Capability = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_ADMIN: 12,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
};
export type CapabilityName = keyof typeof Capability;

/** What tracing takes: bpf_capable() and perfmon_capable() of include/linux/capability.h, which CAP_SYS_ADMIN answers both. */
const needed = ["CAP_BPF", "CAP_PERFMON"] as const satisfies readonly CapabilityName[];

/** PROC_USER_INIT_INO of include/linux/proc_ns.h. */
const FIRST_USER_NAMESPACE = 0xeffffffd;

/** The effective capabilities in the text of /proc/PID/status, a bit each; none where it does not say. */
export function effectiveCapabilities(status: string): bigint {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return digits ? BigInt(`0x${digits}`) : 0n;
}

export function has(capabilities: bigint, name: CapabilityName): boolean {
  return ((capabilities >> BigInt(Capability[name])) & 1n) === 1n;
}

/** Which of those that tracing needs are not among them. */
export function missingOf(capabilities: bigint): CapabilityName[] {
  return has(capabilities, "CAP_SYS_ADMIN") ? [] : needed.filter((name) => !has(capabilities, name));
}

/** Our own effective capabilities; where /proc does not say, root's are all: then the kernel will. They count only where isInFirstUserNamespace(). */
export function ownCapabilities(): bigint {
  try {
    return effectiveCapabilities(readFileSync("/proc/self/status", "latin1"));
  } catch {
    return process.geteuid?.() === 0 ? BigInt.asUintN(64, -1n) : 0n;
  }
}

/** Which of those that tracing needs we do not have. */
export function missingCapabilities(): CapabilityName[] {
  return missingOf(ownCapabilities());
}

/** Whoever lives in another user namespace, as in a rootless container, has capabilities over that alone: never for tracing. */
export function isInFirstUserNamespace(): boolean {
  return (namespaceOf("user") || FIRST_USER_NAMESPACE) === FIRST_USER_NAMESPACE;
}
