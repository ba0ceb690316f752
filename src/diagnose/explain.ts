/** Explains errors of libbpf and the kernel. */
import { constants, release } from "node:os";
import { BtfFileError } from "../bpf/min-core-btf.ts";
import { TraceError } from "../errors.ts";
import { LibbpfError } from "../native/errno.ts";
import type { CapabilityName } from "../system/capabilities.ts";
import { sanitizeForTerminal, quotePath } from "../text/sanitize.ts";
import { explainMissingBtf } from "./btf.ts";
import { explainMissingCapabilities } from "./capabilities.ts";
import { explainDenial } from "./denial.ts";
import type { Explanation } from "./explanation.ts";
import { adviceForLimit } from "./limits.ts";
import { explainLockdown } from "./lockdown.ts";
import { explainInterceptedBpf } from "./seccomp.ts";

const E = constants.errno;

/**
 * Converts a LibbpfError of the tracer's own programs to the error that ends the tracer. Returns
 * other errors unchanged.
 */
export function explain(error: unknown): unknown {
  return error instanceof LibbpfError ? toTraceError(explainTracingFailure(error)) : error;
}

export function toTraceError({ why, advice }: Explanation): TraceError {
  return new TraceError(`${why}: ${advice}`);
}

/** Explains an error of the tracer's own programs, in the same words for tracing and for doctor. */
export function explainTracingFailure(error: LibbpfError): Explanation {
  const warning = error.warnings.trim().split("\n").at(-1);
  return (
    explainLibbpfError(error) ?? {
      why: sanitizeForTerminal(`${error.message}${warning ? ` (${warning})` : ""}`),
      advice: adviceForLoading(error.errno),
    }
  );
}

/**
 * Explains an error by what is known about this machine; undefined if nothing known explains it.
 * @param denials the errno values that the kernel returns for a missing privilege.
 * @param more the capabilities needed besides CAP_BPF and CAP_PERFMON.
 */
export function explainLibbpfError(
  error: LibbpfError,
  denials: readonly number[] = [E.EPERM, E.EACCES],
  more: readonly CapabilityName[] = [],
): Explanation | undefined {
  if (error instanceof BtfFileError) {
    const why = `--btf ${quotePath(error.file)}: ${error.message}`;
    return { why, advice: `name a BTF file of exactly this kernel, ${sanitizeForTerminal(release())}` };
  }
  const denied = error.isDenied ? explainDenial(more) : explainOtherRefusal(error.errno, more);
  // root is seldom denied for lack of privileges: missing BTF and lockdown are checked first
  if (denied && (process.geteuid?.() !== 0 || !error.isDenied)) return denied;
  // under lockdown the verifier rejects programs that read kernel memory with EINVAL
  const other = explainMissingBtf() ?? explainLockdown();
  if (other || !denials.includes(error.errno)) return other;
  return (
    denied ?? {
      why: `the kernel refuses BPF although no capability is missing (${error.message})`,
      advice:
        "lockdown=confidentiality or a security module (SELinux, AppArmor) may forbid it; " +
        "see the kernel log, exitsnoop doctor, and with --verbose the verifier's log",
    }
  );
}

/** Explains refusals with an errno other than EPERM and EACCES. */
function explainOtherRefusal(errno: number, more: readonly CapabilityName[]): Explanation | undefined {
  if (errno === E.ENOSYS) return explainInterceptedBpf();
  // without CAP_PERFMON the verifier does not know the helpers that read kernel memory
  return errno === E.EINVAL ? explainMissingCapabilities(more) : undefined;
}

/** Returns the advice for an errno of loading that has nothing to do with privileges. */
function adviceForLoading(errno: number): string {
  if (errno === E.ENOMEM) return "try a smaller --ring-size";
  return adviceForLimit(errno) ?? "exitsnoop needs Linux 5.8 or newer; see exitsnoop doctor";
}
