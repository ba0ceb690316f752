import { TraceError } from "../errors.ts";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { quotePath } from "../output/sanitize.ts";
import { openOutputFile, UntrustedFileError } from "../system/output-file.ts";
import type { Destination } from "./plan.ts";

/** The open file that events are written to. */
export interface Output {
  fd: number;
  /** The name in messages. */
  name: string;
}

/** Creates or truncates the output file. @throws TraceError */
export function openOutput(destination: Destination): Output {
  if ("fd" in destination) {
    const { fd } = destination;
    return { fd, name: fd === 1 ? "standard output" : "standard error" };
  }
  const { file } = destination;
  const name = quotePath(file);
  try {
    return { fd: openOutputFile(file), name };
  } catch (error) {
    if (error instanceof UntrustedFileError)
      throw new TraceError(`cannot write to ${name}: ${quotePath(error.path)} ${error.reason}`);
    const reason = error instanceof LibbpfError ? describeErrno(error.errno) : String(error);
    throw new TraceError(`cannot write to ${name}: ${reason}; name another file with --output`);
  }
}
