import { TraceError } from "../errors.ts";
import { describeOpenError, openOutputFile } from "../system/output-file.ts";
import { quotePath } from "../text/sanitize.ts";
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
  try {
    return { fd: openOutputFile(file), name: quotePath(file) };
  } catch (error) {
    throw new TraceError(describeOpenError(file, error));
  }
}
