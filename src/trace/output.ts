import { TraceError } from "../errors.ts";
import type { Destination } from "../cli/plan.ts";
import { visiblePath } from "../output/sanitize.ts";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { openOutputFile, UntrustedFile } from "../system/output-file.ts";

/** Where events go. */
export interface Output {
  fd: number;
  /** In sentences. */
  name: string;
}

/** Creates or truncates the output file. @throws TraceError */
export function openOutput(output: Destination): Output {
  if ("fd" in output) return { fd: output.fd, name: output.fd === 1 ? "standard output" : "standard error" };
  const { file } = output;
  const name = visiblePath(file);
  try {
    return { fd: openOutputFile(file), name };
  } catch (error) {
    if (error instanceof UntrustedFile)
      throw new TraceError(`cannot write to ${name}: ${visiblePath(error.path)} ${error.reason}`);
    const reason = error instanceof LibbpfError ? describeErrno(error.errno) : String(error);
    throw new TraceError(`cannot write to ${name}: ${reason}; name another file with --output`);
  }
}
