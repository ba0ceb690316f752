import { constants, release } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { harmless, visible } from "../cli/visible.ts";
import { LibbpfError } from "../libbpf/errno.ts";
import { describesItself, KERNEL_BTF, TypesFileError } from "../libbpf/kernel-types.ts";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
  return explained(error, privileges, ({ message, errno, warnings }) => {
    const said = warnings.trim().split("\n").at(-1);
    return `${message}${said ? ` (${said})` : ""}; ${advice(errno)}`;
  });
}

/** The same of somebody else's programs: what the kernel has against them, their author must know. */
export function explainPackage(error: unknown): unknown {
  // EACCES is also the verifier's word for a program that reads what it may not
  return explained(error, [constants.errno.EPERM], ({ message, warnings }) => {
    const said = warnings.split("\n").map((line) => line.replace(/^libbpf: /, "").trim());
    const reason = said.find((line) => /failed|not found|not support|can't|cannot|invalid/i.test(line)) ?? said[0];
    const why = reason ? ` (${harmless(reason)})` : "";
    return `${message}${why}; the package is not for this kernel, or faulty: --verbose tells more`;
  });
}

/** What the kernel says where a privilege is wanting. */
const privileges = [constants.errno.EPERM, constants.errno.EACCES];

function explained(error: unknown, denials: readonly number[], other: (error: LibbpfError) => string): unknown {
  if (!(error instanceof LibbpfError)) return error;
  if (error instanceof TypesFileError) {
    return new CannotTrace(
      `--btf ${visible(error.file)}: ${error.message}; it takes the BTF of exactly this kernel, ${release()}`,
    );
  }
  if (process.geteuid?.() !== 0 && error.isDenied) {
    return new CannotTrace("tracing needs root: run it with sudo");
  }
  if (!describesItself()) {
    return new CannotTrace(
      `this kernel does not describe its types (there is no ${KERNEL_BTF}): mount /sys, take a kernel built with ` +
        `CONFIG_DEBUG_INFO_BTF, or give --btf a file of them for ${release()}, as BTFHub has them`,
    );
  }
  if (denials.includes(error.errno)) {
    return new CannotTrace(
      `the kernel forbids BPF although we are root (${error.message}): ` +
        "in a container give it CAP_BPF and CAP_PERFMON or CAP_SYS_ADMIN; on a locked-down kernel it cannot work",
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
