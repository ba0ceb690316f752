import { UsageError } from "../errors.ts";

export function manCommand(_args: readonly string[]): number {
  throw new UsageError("exitsnoop man is not part of this build");
}
