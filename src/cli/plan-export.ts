import { UsageError } from "../errors.ts";
import type { ExportPlan, OtlpPlan } from "../export/plan.ts";
import { buildInfo } from "./build-info.ts";
import type { exportOptions } from "./options/index.ts";
import type { ParsedOptions } from "./parse.ts";

type ExportOptions = ParsedOptions<typeof exportOptions>;

/** The largest spool, bytes: hours of a busy machine, as events are compressed. */
const SPOOL_BYTES = 256 * 1024 ** 2;

/** @throws UsageError if there is no destination, or options contradict each other. */
export function planExport(parsed: ExportOptions, file: string | undefined): ExportPlan {
  const { prometheus, otlp, as: user, journald, args, redact, spool } = parsed;
  const startsAtEnd = parsed["from-end"] ?? false;
  if (!prometheus && !otlp && !journald) {
    throw new UsageError("exitsnoop export needs a destination, as in: exitsnoop export --prometheus 127.0.0.1:9464");
  }
  if (startsAtEnd && (file === undefined || file === "-")) {
    throw new UsageError("--from-end is for a FILE, and standard input has no end to begin at; leave it out");
  }
  checkNeeds(parsed);
  const confirms = parsed.confirm ?? false;
  if (confirms && file !== undefined && file !== "-") {
    throw new UsageError(
      "--confirm is for standard input, and the position in a FILE is kept with --spool; leave it out",
    );
  }
  return {
    file,
    confirms,
    startsAtEnd,
    user,
    prometheus,
    otlp: otlp === undefined ? undefined : otlpPlan(otlp, parsed),
    spool: spool === undefined ? undefined : { directory: spool, maxBytes: parsed["spool-size"] ?? SPOOL_BYTES },
    journald: journald ?? false,
    hasArguments: args ?? false,
    redact: redact ?? [],
    build: buildInfo,
  };
}

function otlpPlan(url: string, parsed: ExportOptions): OtlpPlan {
  return {
    url,
    protocol: parsed["otlp-protocol"] === "json" ? "json" : "pb",
    isCompressed: parsed["otlp-compression"] !== "none",
    headersFile: parsed["otlp-headers"],
    caFile: parsed["otlp-ca"],
    resource: parsed.resource ?? [],
  };
}

/** @throws UsageError for an option that has no effect without another one. */
function checkNeeds(parsed: ExportOptions): void {
  const needs = [
    ["otlp-protocol", "otlp"],
    ["otlp-compression", "otlp"],
    ["otlp-headers", "otlp"],
    ["otlp-ca", "otlp"],
    ["resource", "otlp"],
    ["redact", "args"],
    ["spool-size", "spool"],
  ] as const;
  for (const [option, needed] of needs) {
    if (parsed[option] !== undefined && parsed[needed] === undefined) {
      throw new UsageError(`--${option} has no effect without --${needed}; add that, or leave --${option} out`);
    }
  }
}
