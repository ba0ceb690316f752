import type { CapabilityName } from "../system/capabilities.ts";
import type { OpenedPackage } from "./opened.ts";

/** By what a program attaches to, what the kernel asks for besides CAP_BPF and CAP_PERFMON: docs/privileges.md. */
const needs: [hook: RegExp, capability: CapabilityName][] = [
  // tracefs is root's alone
  [/^(tp|tracepoint|ksyscall|kretsyscall)\//, "CAP_DAC_READ_SEARCH"],
  [/^(u(ret)?probe|usdt)/, "CAP_SYS_ADMIN"],
  [/^(xdp|tc|tcx|cgroup_skb|cgroup\/)/, "CAP_NET_ADMIN"],
];

/** What a package's programs need besides what tracing always does. */
export function capabilitiesOf({ meta }: OpenedPackage): CapabilityName[] {
  const { progs } = meta.bpf_skel;
  return needs.filter(([hook]) => progs.some(({ attach }) => hook.test(attach))).map(([, capability]) => capability);
}
