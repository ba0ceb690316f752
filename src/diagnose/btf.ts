import { release } from "node:os";
import { hasKernelBtf, KERNEL_BTF } from "../bpf/min-core-btf.ts";
import { sanitizeForTerminal } from "../text/sanitize.ts";
import type { Explanation } from "./explanation.ts";
import { readStart } from "./read-file.ts";

/** Returns an explanation if the kernel has no BTF, which CO-RE relocation needs. */
export function explainMissingBtf(): Explanation | undefined {
  if (hasKernelBtf()) return undefined;
  return {
    why: `this kernel has no BTF (there is no ${KERNEL_BTF})`,
    advice:
      "mount /sys, boot a kernel built with CONFIG_DEBUG_INFO_BTF, or name a BTF file of Linux " +
      `${sanitizeForTerminal(release())} with --btf FILE (BTFHub has many)`,
  };
}

/** Returns an explanation if the kernel's BTF exists and the tracer may not read it. */
export function explainUnreadableBtf(): Explanation | undefined {
  if (readStart(KERNEL_BTF, 1).code !== "EACCES") return undefined;
  return {
    why: `${KERNEL_BTF} is not readable by this user`,
    advice: "run it with sudo, make the file readable (chmod a+r), or grant CAP_DAC_READ_SEARCH",
  };
}
