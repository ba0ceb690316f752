import { existsSync } from "node:fs";
import { constants } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { harmless } from "../cli/visible.ts";
import { LibbpfError } from "../libbpf/errno.ts";

const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

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
  if (process.geteuid?.() !== 0 && error.isDenied) {
    return new CannotTrace("tracing needs root: run it with sudo");
  }
  if (!existsSync(KERNEL_BTF)) {
    return new CannotTrace(
      `this kernel does not describe its types (there is no ${KERNEL_BTF}): ` +
        "exitsnoop needs a kernel built with CONFIG_DEBUG_INFO_BTF, and /sys mounted",
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
    case constants.errno.EAGAIN:
      return "no process can be started: the limit of processes (ulimit -u, pids.max of the cgroup, kernel.pid_max) is met";
    case constants.errno.EMFILE:
    case constants.errno.ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "exitsnoop needs Linux 5.8 or newer; --verbose tells more";
  }
}
