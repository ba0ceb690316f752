import { UsageError } from "../errors.ts";
import type { ExportPlan } from "../export/plan.ts";
import { buildInfo } from "./build-info.ts";
import type { exportOptions } from "./options/index.ts";
import type { ParsedOptions } from "./parse.ts";

/** @throws UsageError if there is no destination, or options contradict each other. */
export function planExport(parsed: ParsedOptions<typeof exportOptions>, file: string | undefined): ExportPlan {
  const { prometheus, as: user } = parsed;
  const startsAtEnd = parsed["from-end"] ?? false;
  if (!prometheus) {
    throw new UsageError("exitsnoop export needs a destination, as in: exitsnoop export --prometheus 127.0.0.1:9464");
  }
  if (startsAtEnd && (file === undefined || file === "-")) {
    throw new UsageError("--from-end is for a FILE, and standard input has no end to begin at; leave it out");
  }
  return { file, startsAtEnd, user, prometheus, build: buildInfo };
}
