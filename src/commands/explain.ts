import { existsSync } from "node:fs";
import { constants } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { LibbpfError } from "../libbpf/errno.ts";

const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
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
  if (error.isDenied) {
    return new CannotTrace(
      `the kernel forbids BPF although we are root (${error.message}): ` +
        "in a container give it CAP_BPF and CAP_PERFMON or CAP_SYS_ADMIN; on a locked-down kernel it cannot work",
    );
  }
  const said = error.warnings.trim().split("\n").at(-1);
  return new CannotTrace(`${error.message}${said ? ` (${said})` : ""}; ${advice(error.errno)}`);
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
