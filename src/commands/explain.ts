import { constants } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { harmless } from "../cli/visible.ts";
import type { Explanation } from "../doctor/check.ts";
import { whyNot, whyNotTracing } from "../doctor/why.ts";
import type { CapabilityName } from "../libbpf/capabilities.ts";
import { LibbpfError } from "../libbpf/errno.ts";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
  return error instanceof LibbpfError ? cannotTrace(whyNotTracing(error)) : error;
}

/**
 * The same of somebody else's programs: what the kernel has against them, their author must know.
 * @param needed capabilities that they need besides those that tracing always does.
 */
export function explainPackage(error: unknown, needed: readonly CapabilityName[] = []): unknown {
  // EACCES is also the verifier's word for a program that reads what it may not
  if (!(error instanceof LibbpfError)) return error;
  const known = whyNot(error, [constants.errno.EPERM], needed);
  if (known) return cannotTrace(known);
  const said = error.warnings.split("\n").map((line) => line.replace(/^libbpf: /, "").trim());
  const reason = said.find((line) => /failed|not found|not support|can't|cannot|invalid/i.test(line)) ?? said[0];
  const why = reason ? ` (${harmless(reason)})` : "";
  return new CannotTrace(`${error.message}${why}; the package is not for this kernel, or faulty: --verbose tells more`);
}

function cannotTrace({ why, advice }: Explanation): CannotTrace {
  return new CannotTrace(`${why}: ${advice}`);
}
