/** The schemas that convert the text of an option to its value. */
import * as v from "valibot";
import { quoteWord } from "../../text/sanitize.ts";

/** A ring buffer is kernel memory, which cannot be swapped out. */
const MAX_RING_BYTES = 1024 ** 3;

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const BYTES: Record<string, number> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Converts a number with an optional unit to ms; without a unit it is seconds. */
export const durationMs = (text: string) => Number.parseFloat(text) * MILLISECONDS[/[a-z]*$/.exec(text)![0] || "s"]!;
/** Converts a number with an optional K, M or G (powers of 1024) to bytes. */
export const sizeBytes = (text: string) => Number.parseInt(text, 10) * BYTES[/\D?$/.exec(text)![0].toUpperCase()]!;

/** A time in ms: `250ms`, `10s`, `5m`, `2h`, `1d`, `1w`; a bare number is seconds (sleep(1)). */
export const duration = v.pipe(
  v.string(),
  v.regex(/^\d+(\.\d+)?(ms|s|m|h|d|w)?$/, "not a length of time; examples: 250ms, 10s, 5m, 2h, 1d, 1w"),
  v.transform(durationMs),
  v.minValue(1, "too short; the shortest is 1ms"),
  v.maxValue(365 * MILLISECONDS.d!, "too long; the longest is 365d"),
);

/** The bytes of a ring buffer, with an optional `K`, `M` or `G` (powers of 1024). */
export const ringSize = v.pipe(
  v.string(),
  v.regex(/^\d+[KMG]?$/i, "not a size; examples: 65536, 256K, 4M"),
  v.transform(sizeBytes),
  v.minValue(1, "a ring buffer holds at least 1 byte"),
  v.maxValue(MAX_RING_BYTES, "too large; the largest ring buffer is 1G"),
);

export const wholeNumber = (message: string) => v.pipe(v.string(), v.regex(/^\d+$/, message), v.transform(Number));

export const count = v.pipe(
  wholeNumber("not a whole number"),
  v.minValue(1, "the smallest count is 1"),
  v.maxValue(Number.MAX_SAFE_INTEGER, "too large"),
);

/** A number of exits in a second: `5/s`. */
export const rate = v.pipe(
  v.string(),
  v.regex(/^\d+(\/s)?$/, "not a number of exits a second; examples: 5/s, 100/s"),
  v.transform((text) => Number.parseInt(text, 10)),
  v.minValue(1, "too small; the smallest is 1/s"),
  v.maxValue(1_000_000, "too large; the largest is 1000000/s"),
);

/** Splits a list at commas, or at blanks and newlines as in the output of pidof(1) and pgrep(1). */
export const itemsOf = v.transform((text: string) => text.trim().split(/\s*,\s*|\s+/));

/** Formats an item of a list for a message; an empty one is shown as `""`. */
export const quoteItem = (item: string) => (item === "" ? '""' : quoteWord(item));

export const listOf = <Item extends v.GenericSchema<string, unknown>>(item: Item) =>
  v.pipe(v.string(), itemsOf, v.array(item));

export const text = v.string();

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, unknownWord(words));
}

/** Returns the advice on a word that is not in the list: `not known; choose a, b or c`. */
export function unknownWord(words: readonly string[]): string {
  return `not known; choose ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
