import { openSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { CannotTrace } from "../cli/errors.ts";
import type { Destination } from "../cli/plan.ts";
import { visible } from "../cli/visible.ts";

/** Where events go. */
export interface Output {
  fd: number;
  /** In sentences. */
  name: string;
}

/** A file that was asked for is made or emptied. @throws CannotTrace */
export function openOutput(output: Destination): Output {
  if ("fd" in output) return { fd: output.fd, name: output.fd === 1 ? "standard output" : "standard error" };
  const { file } = output;
  try {
    return { fd: openSync(file, "w"), name: visible(file) };
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    const reason = getSystemErrorMap().get(errno ?? 0)?.[1] ?? String(error);
    throw new CannotTrace(`cannot write to ${visible(file)}: ${reason}; name another file with --output`);
  }
}
