import { constants } from "node:os";
import { canLoadPrograms } from "../bpf/features.ts";
import { explainDenial } from "../diagnose/denial.ts";
import { explainLibbpfError, toTraceError } from "../diagnose/explain.ts";
import { LibbpfError } from "../native/errno.ts";
import type { CapabilityName } from "../system/capabilities.ts";
import { AttachError } from "./attach.ts";
import type { OpenedPackage } from "./opened-package.ts";
import { explainAttachError, explainLoadError } from "./refused-programs.ts";

/** The capabilities that hooks need besides CAP_BPF and CAP_PERFMON: docs/privileges.md. */
const NEEDS: [hook: RegExp, capability: CapabilityName][] = [
  // only root may enter tracefs
  [/^(tp|tracepoint|ksyscall|kretsyscall)\//, "CAP_DAC_READ_SEARCH"],
  [/^(u(ret)?probe|usdt)/, "CAP_SYS_ADMIN"],
  [/^(xdp|tc|tcx|cgroup_skb|cgroup\/)/, "CAP_NET_ADMIN"],
];

/**
 * Turns an error of a package's programs into a message with the program, the reason and the
 * remedy. Returns other errors unchanged.
 */
export function explainPackageError(error: unknown, opened: OpenedPackage): unknown {
  if (!(error instanceof LibbpfError)) return error;
  // the verifier also returns EACCES, for a program that reads forbidden memory
  const isDenied = error.errno === constants.errno.EPERM;
  const { progs } = opened.meta.bpf_skel;
  const needed = NEEDS.filter(([hook]) => progs.some(({ attach }) => hook.test(attach))).map(([, name]) => name);
  const known =
    (isDenied ? explainDenial(needed) : undefined) ??
    // if the kernel loads other programs, it refuses this one and not BPF
    explainLibbpfError(error, isDenied && !canLoadPrograms() ? [error.errno] : [], needed);
  if (known) return toTraceError(known);
  return error instanceof AttachError
    ? explainAttachError(error, error.program)
    : explainLoadError(error, opened.object.programs());
}
