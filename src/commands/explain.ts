import { existsSync } from "node:fs";
import { constants } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { harmless } from "../cli/visible.ts";
import type { CapabilityName } from "../libbpf/capabilities.ts";
import { LibbpfError } from "../libbpf/errno.ts";
import { KERNEL_BTF, whyDenied } from "./denied.ts";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
  return explained(error, privileges, [], ({ message, errno, warnings }) => {
    const said = warnings.trim().split("\n").at(-1);
    return `${message}${said ? ` (${said})` : ""}; ${advice(errno)}`;
  });
}

/**
 * The same of somebody else's programs: what the kernel has against them, their author must know.
 * @param needed what they need besides what tracing always does.
 */
export function explainPackage(error: unknown, needed: readonly CapabilityName[]): unknown {
  // EACCES is also the verifier's word for a program that reads what it may not
  return explained(error, [constants.errno.EPERM], needed, ({ message, warnings }) => {
    const said = warnings.split("\n").map((line) => line.replace(/^libbpf: /, "").trim());
    const reason = said.find((line) => /failed|not found|not support|can't|cannot|invalid/i.test(line)) ?? said[0];
    const why = reason ? ` (${harmless(reason)})` : "";
    return `${message}${why}; the package is not for this kernel, or faulty: --verbose tells more`;
  });
}

/** What the kernel says where a privilege is wanting. */
const privileges = [constants.errno.EPERM, constants.errno.EACCES];

function explained(
  error: unknown,
  denials: readonly number[],
  needed: readonly CapabilityName[],
  other: (error: LibbpfError) => string,
): unknown {
  if (!(error instanceof LibbpfError)) return error;
  const why = error.isDenied ? whyDenied(needed) : undefined;
  if (why) return new CannotTrace(why);
  if (!existsSync(KERNEL_BTF)) {
    return new CannotTrace(
      `this kernel does not describe its types (there is no ${KERNEL_BTF}): ` +
        "exitsnoop needs a kernel built with CONFIG_DEBUG_INFO_BTF, and /sys mounted",
    );
  }
  if (denials.includes(error.errno)) {
    return new CannotTrace(
      `the kernel forbids BPF although we have the capabilities for it (${error.message}): a container's seccomp profile must ` +
        "allow bpf and perf_event_open, before Linux 5.11 locked memory must not be limited (ulimit -l unlimited), " +
        "and on a locked-down kernel it cannot work",
    );
  }
  return new CannotTrace(other(error));
}

function advice(errno: number): string {
  switch (errno) {
    case constants.errno.ENOMEM:
      return "take a smaller --ring-size";
    case constants.errno.EMFILE:
    case constants.errno.ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "exitsnoop needs Linux 5.8 or newer; --verbose tells more";
  }
}
