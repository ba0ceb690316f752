import { TraceError } from "../errors.ts";
import type { Explanation } from "../doctor/check.ts";
import { explainTracingFailure } from "./why.ts";
import { LibbpfError } from "../native/errno.ts";

/** Turns what libbpf and the kernel said into one sentence: why, and what to do. Other errors pass as they are. */
export function explain(error: unknown): unknown {
  return error instanceof LibbpfError ? toTraceError(explainTracingFailure(error)) : error;
}

/** Returns an explanation as an error. */
export function toTraceError({ why, advice }: Explanation): TraceError {
  return new TraceError(`${why}: ${advice}`);
}
