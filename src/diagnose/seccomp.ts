import { constants } from "node:os";
import { bpfInterception } from "../bpf/features.ts";
import type { Explanation } from "./explanation.ts";
import { readText } from "./read-file.ts";

/** Returns the mode in the text of /proc/PID/status: 0 none, 1 strict, 2 filter (prctl(2)). */
export function seccompMode(status: string): number | undefined {
  const mode = /^Seccomp:\s*(\d+)$/m.exec(status)?.[1];
  return mode === undefined ? undefined : Number(mode);
}

export const ownSeccompMode = () => seccompMode(readText("/proc/self/status") ?? "");

/** Returns an explanation if bpf(2) does not reach the kernel, or the kernel does not have it. */
export function explainInterceptedBpf(): Explanation | undefined {
  const intercepted = bpfInterception();
  if (!intercepted) return undefined;
  if (intercepted.errno === constants.errno.ENOSYS && ownSeccompMode() === 0) {
    return { why: "this kernel has no bpf(2)", advice: "boot a kernel built with CONFIG_BPF_SYSCALL" };
  }
  return {
    why: intercepted.errno
      ? "bpf(2) is refused before it reaches the kernel, most likely by a seccomp filter"
      : "a seccomp filter kills processes that call bpf(2)",
    advice:
      "allow it, in a container with --security-opt seccomp=unconfined or --cap-add SYS_ADMIN, " +
      "in a service with SystemCallFilter=bpf",
  };
}
