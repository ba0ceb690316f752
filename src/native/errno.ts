import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

/** Is thrown if libbpf or the kernel refuses something. */
export class LibbpfError extends Error {
  override readonly name = "LibbpfError";

  /**
   * @param what the step that failed. @param errno 0 if there is none.
   * @param warnings libbpf's warnings until then, oldest first.
   */
  constructor(
    readonly what: string,
    readonly errno: number,
    readonly warnings: string = "",
  ) {
    super(errno ? `${what}: ${describeErrno(errno)}` : what);
  }

  /** True if a privilege is missing. */
  get isDenied(): boolean {
    return this.errno === constants.errno.EPERM || this.errno === constants.errno.EACCES;
  }
}

/** Descriptions that libuv's table lacks, or that help more than its own. */
const descriptions: Record<number, string> = {
  [constants.errno.EISDIR]: "is a directory",
  [constants.errno.ESTALE]: "stale file handle",
  [constants.errno.EDQUOT]: "disk quota exceeded",
  121: "remote i/o error", // EREMOTEIO
  524: "operation not supported by this kernel", // ENOTSUPP of include/linux/errno.h, used by BPF
};

/** Describes an errno in words, e.g. `no space left on device`. */
export function describeErrno(errno: number): string {
  return descriptions[errno] ?? getSystemErrorMap().get(-errno)?.[1] ?? `errno ${errno}`;
}
