import * as v from "valibot";
import { durationMs, listOf, sizeBytes } from "./common.ts";

/** One limit of --keep. */
export type KeepLimit = { bytes: number } | { ms: number };

const MIN_BYTES = 4 * 1024 ** 2;
const MAX_BYTES = 1024 ** 4;
const MIN_MS = 10_000;

const bytes = v.pipe(
  v.string(),
  v.transform(sizeBytes),
  v.minValue(MIN_BYTES, "too small; the smallest is 4M"),
  v.maxValue(MAX_BYTES, "too large; the largest is 1024G"),
  v.transform((value): KeepLimit => ({ bytes: value })),
);

const ms = v.pipe(
  v.string(),
  v.transform(durationMs),
  v.minValue(MIN_MS, "too short; the shortest is 10s"),
  v.maxValue(3650 * 24 * 3_600_000, "too long; the longest is 3650d"),
  v.transform((value): KeepLimit => ({ ms: value })),
);

/**
 * `SIZE`, `TIME` or both: `200M`, `7d`, `200M,7d`. A size has a capital letter, so that 200m, which
 * may be meant as megabytes, is not taken for minutes.
 */
export const keepLimits = listOf(
  v.pipe(
    v.string(),
    v.regex(/^\d+([KMG]|[shdw])$/, "not a size or a time; examples: 200M, 2G, 12h, 7d, 200M,7d"),
    v.lazy((text) => (/[KMG]$/.test(String(text)) ? bytes : ms) as v.GenericSchema<string, KeepLimit>),
  ),
);
