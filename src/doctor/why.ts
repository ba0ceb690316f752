import { constants } from "node:os";
import type { LibbpfError } from "../libbpf/errno.ts";
import type { Explanation } from "./check.ts";
import { whyDenied } from "./denied.ts";
import { withoutBtf } from "./kernel.ts";

/** What the kernel says where a privilege is wanting. */
export const privileges: readonly number[] = [constants.errno.EPERM, constants.errno.EACCES];

/**
 * Why libbpf or the kernel would not, and what to do, as far as we know; the checks' own words.
 * @param denials what the kernel says where a privilege is wanting.
 */
export function whyNot(error: LibbpfError, denials: readonly number[] = privileges): Explanation | undefined {
  const denied = error.isDenied ? whyDenied() : undefined;
  if (denied && process.geteuid?.() !== 0) return denied;
  const missing = withoutBtf();
  if (missing) return missing;
  if (!denials.includes(error.errno)) return undefined;
  return (
    denied ?? {
      why: `the kernel forbids BPF although we have the capabilities for it (${error.message})`,
      advice:
        "a security module (SELinux, AppArmor) may forbid it: the kernel's log tells; exitsnoop doctor tells more",
    }
  );
}

/** What to do about the rest. */
export function adviceFor(errno: number): string {
  switch (errno) {
    case constants.errno.ENOMEM:
      return "take a smaller --ring-size";
    case constants.errno.EMFILE:
    case constants.errno.ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "exitsnoop needs Linux 5.8 or newer; exitsnoop doctor tells more";
  }
}
