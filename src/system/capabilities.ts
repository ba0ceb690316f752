import { readFileSync } from "node:fs";
import { namespaceInode } from "./procfs.ts";

/** The capabilities of include/uapi/linux/capability.h that some feature asks for. */
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

/**
 * The capabilities that tracing needs. CAP_SYS_ADMIN replaces both: bpf_capable() and
 * perfmon_capable() of include/linux/capability.h.
 */
const needed = ["CAP_BPF", "CAP_PERFMON"] as const satisfies readonly CapabilityName[];

/** PROC_USER_INIT_INO of include/linux/proc_ns.h. */
const INITIAL_USER_NAMESPACE = 0xeffffffd;

/** Parses the effective set from the text of /proc/PID/status, a bit each; 0n if it is missing. */
export function effectiveCapabilities(status: string): bigint {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return digits ? BigInt(`0x${digits}`) : 0n;
}

/** Returns true if a set contains a capability. */
export function has(capabilities: bigint, name: CapabilityName): boolean {
  return ((capabilities >> BigInt(Capability[name])) & 1n) === 1n;
}

/** Returns the capabilities that tracing needs and a set lacks. */
export function missingTracingCapabilities(capabilities: bigint): CapabilityName[] {
  return has(capabilities, "CAP_SYS_ADMIN") ? [] : needed.filter((name) => !has(capabilities, name));
}

/**
 * Returns the tracer's effective capabilities, which BPF respects only if
 * isInInitialUserNamespace(). Without /proc, root is assumed to have all of them: the kernel then
 * refuses what is missing.
 */
export function ownCapabilities(): bigint {
  try {
    return effectiveCapabilities(readFileSync("/proc/self/status", "latin1"));
  } catch {
    return process.geteuid?.() === 0 ? BigInt.asUintN(64, -1n) : 0n;
  }
}

/** Returns the capabilities that tracing needs and the tracer lacks. */
export function missingCapabilities(): CapabilityName[] {
  return missingTracingCapabilities(ownCapabilities());
}

/**
 * Returns true if the tracer's capabilities count for BPF. In another user namespace, as in a
 * rootless container, they only apply to resources of that namespace.
 */
export function isInInitialUserNamespace(): boolean {
  return (namespaceInode("user") || INITIAL_USER_NAMESPACE) === INITIAL_USER_NAMESPACE;
}
