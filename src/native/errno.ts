import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

/** A call into libbpf or the kernel that failed. `warnings` is what libbpf said on the way, oldest first. */
export class LibbpfError extends Error {
  override readonly name = "LibbpfError";

  constructor(
    readonly what: string,
    readonly errno: number,
    readonly warnings: string = "",
  ) {
    super(errno ? `${what}: ${describeErrno(errno)}` : what);
  }

  /** Whether the kernel refused for want of a privilege. */
  get isDenied(): boolean {
    return this.errno === constants.errno.EPERM || this.errno === constants.errno.EACCES;
  }
}

/** What the runtime's table has no words for, but the kernel says; the last is its own, and BPF's word for what a machine cannot do. */
const more: Record<number, string> = {
  [constants.errno.ESTALE]: "stale file handle",
  [constants.errno.EDQUOT]: "disk quota exceeded",
  121: "remote i/o error",
  524: "operation not supported by this kernel",
};

/** The C library's words for an errno, e.g. `no space left on device`. */
export function describeErrno(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? more[errno] ?? `errno ${errno}`;
}
