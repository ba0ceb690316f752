import { constants, release } from "node:os";
import { sanitizeForTerminal, quotePath } from "../output/sanitize.ts";
import type { CapabilityName } from "../system/capabilities.ts";
import type { LibbpfError } from "../native/errno.ts";
import { TypesFileError } from "../bpf/min-core-btf.ts";
import type { Explanation } from "../doctor/check.ts";
import { interceptedBpf, explainDenial } from "./denial.ts";
import { withoutBtf } from "../doctor/kernel.ts";
import { confidential, isConfidential } from "./lockdown.ts";

/** What the kernel says where a privilege is wanting. */
const privileges: readonly number[] = [constants.errno.EPERM, constants.errno.EACCES];

/**
 * Why libbpf or the kernel would not, and what to do, as far as we know; the checks' own words.
 * @param denials what the kernel says where a privilege is wanting.
 * @param more capabilities that are needed besides those that tracing always needs.
 */
export function explainLibbpfError(
  error: LibbpfError,
  denials: readonly number[] = privileges,
  more: readonly CapabilityName[] = [],
): Explanation | undefined {
  if (error instanceof TypesFileError) {
    const why = `--btf ${quotePath(error.file)}: ${error.message}`;
    return { why, advice: `it takes the BTF of exactly this kernel, ${sanitizeForTerminal(release())}` };
  }
  const denied = error.isDenied
    ? explainDenial(more)
    : error.errno === constants.errno.ENOSYS
      ? interceptedBpf()
      : undefined;
  if (denied && (process.geteuid?.() !== 0 || !error.isDenied)) return denied;
  const missing = withoutBtf();
  if (missing) return missing;
  // of programs that read its memory a locked down kernel says that they are wrong
  if (isConfidential()) return confidential;
  if (!denials.includes(error.errno)) return undefined;
  return (
    denied ?? {
      why: `the kernel forbids BPF although we have the capabilities for it (${error.message})`,
      advice:
        "it may be locked down (lockdown=confidentiality), or a security module (SELinux, AppArmor) forbids it: its log tells, " +
        "and so may exitsnoop doctor",
    }
  );
}

/** Why our own programs do not trace, and what to do: whatever happened, in the same words for tracing and for the doctor. */
export function explainTracingFailure(error: LibbpfError): Explanation {
  const said = error.warnings.trim().split("\n").at(-1);
  return (
    explainLibbpfError(error) ?? {
      why: sanitizeForTerminal(`${error.message}${said ? ` (${said})` : ""}`),
      advice: adviceForErrno(error.errno),
    }
  );
}

/** What to do about the rest. */
export function adviceForErrno(errno: number): string {
  switch (errno) {
    case constants.errno.ENOMEM:
      return "take a smaller --ring-size";
    case constants.errno.EAGAIN:
      return "raise the limit of processes (ulimit -u, pids.max of the cgroup, kernel.pid_max), or end some";
    case constants.errno.EMFILE:
    case constants.errno.ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "exitsnoop needs Linux 5.8 or newer; exitsnoop doctor tells more";
  }
}
