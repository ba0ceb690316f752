import { UsageError } from "../errors.ts";

export function schemaCommand(_args: readonly string[]): number {
  throw new UsageError("exitsnoop schema is not part of this build");
}
