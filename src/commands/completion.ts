import { UsageError } from "../errors.ts";

export function completionCommand(_args: readonly string[]): number {
  throw new UsageError("exitsnoop completion is not part of this build");
}
