import { release } from "node:os";
import { sanitizeForTerminal } from "../../text/sanitize.ts";
import { type Finding, limited, yes } from "../check.ts";

/** Linux 5.8 introduced BPF ring buffers and the capabilities that tracing needs. */
const MIN_VERSION = [5, 8] as const;

/** Returns true if a kernel release is older than a version; false if it is not a version. */
export function isOlder(text: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (first === undefined) return false;
  return Number(first) < major || (Number(first) === major && Number(second) < minor);
}

/** Checks the version of the kernel. */
export function kernel(): Finding {
  const name = sanitizeForTerminal(release());
  if (!isOlder(name, MIN_VERSION)) return yes(`Linux ${name}`, { release: name });
  return limited(
    `Linux ${name}, which is older than ${MIN_VERSION.join(".")}`,
    "boot a newer kernel, unless the distribution has backported what is needed: see tracing below",
    { release: name },
  );
}
