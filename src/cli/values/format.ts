import * as v from "valibot";
import { type FormatName, formatNames } from "../../output/index.ts";
import { oneOf } from "./common.ts";

/** Other names of JSON lines. */
const aliases: Record<string, FormatName> = { jsonl: "json", ndjson: "json" };
/** A label is in each line. */
const MAX_LABEL = 200;

/** A format's name, in any case. */
export const format = v.pipe(
  v.string(),
  v.transform((name) => aliases[name.toLowerCase()] ?? name.toLowerCase()),
  oneOf(formatNames),
);

export const label = v.pipe(
  v.string(),
  v.maxLength(MAX_LABEL, `too long; the longest label has ${MAX_LABEL} characters`),
);
