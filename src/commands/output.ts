import { openSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { CannotTrace } from "../cli/errors.ts";
import type { TracePlan } from "../cli/plan.ts";

const STDOUT = 1;
const STDERR = 2;

/** Where events go. */
export interface Output {
  fd: number;
  /** In sentences. */
  name: string;
}

/** A file that was asked for is made or emptied; without one, a command keeps stdout for itself. @throws CannotTrace */
export function openOutput({ output, command }: TracePlan): Output {
  if (output === undefined) {
    return command ? { fd: STDERR, name: "standard error" } : { fd: STDOUT, name: "standard output" };
  }
  try {
    return { fd: openSync(output, "w"), name: output };
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    const reason = getSystemErrorMap().get(errno ?? 0)?.[1] ?? String(error);
    throw new CannotTrace(`cannot write to ${output}: ${reason}; name another file with --output`);
  }
}
