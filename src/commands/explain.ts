import { constants } from "node:os";
import { CannotTrace } from "../cli/errors.ts";
import { harmless } from "../cli/visible.ts";
import { adviceFor, privileges, whyNot } from "../doctor/why.ts";
import { LibbpfError } from "../libbpf/errno.ts";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
  return explained(error, privileges, ({ message, errno, warnings }) => {
    const said = warnings.trim().split("\n").at(-1);
    return `${message}${said ? ` (${said})` : ""}; ${adviceFor(errno)}`;
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

function explained(error: unknown, denials: readonly number[], other: (error: LibbpfError) => string): unknown {
  if (!(error instanceof LibbpfError)) return error;
  const known = whyNot(error, denials);
  return new CannotTrace(known ? `${known.why}: ${known.advice}` : other(error));
}
