import { UsageError } from "../errors.ts";
import { isDocument, type Layout } from "../output/index.ts";
import type { Keep, SegmentSuffix } from "../system/segments.ts";
import type { Destination } from "../trace/plan.ts";
import type { ParsedOptions } from "./parse.ts";
import type { KeepLimit } from "./values/keep.ts";

const INFINITY = Number.POSITIVE_INFINITY;

/**
 * Resolves --keep, with which --output names a directory.
 * @throws UsageError if there is not one such directory, or if the output cannot be divided.
 */
export function resolveKeep(
  { keep: limits, truncate, summary, fifo }: ParsedOptions,
  layout: Layout,
  outputs: readonly Destination[],
): readonly Destination[] {
  if (!limits) return outputs;
  const directories = outputs.filter((output) => "file" in output);
  if (directories.length === 0) throw new UsageError("--keep needs a directory: exitsnoop -j -w -o DIR --keep 200M");
  if (directories.length > 1) throw new UsageError("--keep is for one directory; leave the other --output out");
  if (summary)
    throw new UsageError("--keep is for exits, of which exitsnoop replay -S makes sums; leave --summary out");
  if (fifo) throw new UsageError("--keep is for a directory, and --fifo for a FIFO; leave one out");
  if (truncate) throw new UsageError("--keep begins a new file and removes the oldest; leave --truncate out");
  if (isDocument(layout))
    throw new UsageError(`--format ${layout} is one document, which --keep cannot divide; keep --json, and replay it`);
  const keep = limitsOf(limits);
  return outputs.map((output) =>
    "file" in output ? { directory: output.file, suffix: suffixOf(layout), keep } : output,
  );
}

function limitsOf(limits: readonly KeepLimit[]): Keep {
  const bytes = limits.flatMap((limit) => ("bytes" in limit ? [limit.bytes] : []));
  const ms = limits.flatMap((limit) => ("ms" in limit ? [limit.ms] : []));
  if (bytes.length > 1) throw new UsageError("--keep has two sizes; leave one out");
  if (ms.length > 1) throw new UsageError("--keep has two times; leave one out");
  return { bytes: bytes[0] ?? INFINITY, ms: ms[0] ?? INFINITY };
}

function suffixOf(layout: Layout): SegmentSuffix {
  return layout === "json" || layout === "otlp" ? ".jsonl" : layout === "csv" ? ".csv" : ".txt";
}
