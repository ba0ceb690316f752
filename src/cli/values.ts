/** The schemas that convert the text of an option to its value. */
import * as v from "valibot";
import { MAX_NAME_BYTES } from "../filter/cgroup-paths.ts";
import { isGlob, literalBytes } from "../filter/glob.ts";
import { MAX_COMM_BYTES } from "../filter/name-automaton.ts";
import { PID_MAX_LIMIT } from "../filter/selection.ts";
import { type ColumnKey, columnKeys } from "../output/index.ts";
import { MAX_PATH_NAMES } from "../record/layout.ts";
import { signalNumber } from "../record/signal-names.ts";

/** Limits kernel memory that cannot be swapped out. */
const MAX_RING_BYTES = 1024 ** 3;

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Record<string, number> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** A duration in ms: `250ms`, `10s`, `5m`, `2h`, `1d`; a bare number is seconds (sleep(1)). */
export const duration = v.pipe(
  v.string(),
  v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)?$/, "not a length of time; examples: 250ms, 10s, 5m, 2h, 1d"),
  v.transform((text) => Number.parseFloat(text) * MILLISECONDS[/\D*$/.exec(text)![0] || "s"]!),
  v.minValue(1, "too short; the shortest is 1ms"),
  v.maxValue(365 * MILLISECONDS.d!, "too long; the longest is 365d"),
);

/** A number of bytes, with an optional `K`, `M` or `G` (powers of 1024). */
export const size = v.pipe(
  v.string(),
  v.regex(/^\d+[KMG]?$/i, "not a size; examples: 65536, 256K, 4M"),
  v.transform((text) => Number.parseInt(text, 10) * BYTES[/\D?$/.exec(text)![0].toUpperCase()]!),
  v.minValue(1, "a ring buffer holds at least 1 byte"),
  v.maxValue(MAX_RING_BYTES, "too large; the largest ring buffer is 1G"),
);

const wholeNumber = (message: string) => v.pipe(v.string(), v.regex(/^\d+$/, message), v.transform(Number));

export const count = v.pipe(
  wholeNumber("not a whole number"),
  v.minValue(1, "nothing to wait for; the smallest is 1"),
  v.maxValue(Number.MAX_SAFE_INTEGER, "too large"),
);

/** Splits a list at commas, or at blanks and newlines as in the output of pidof(1) and pgrep(1). */
const itemsOf = v.transform((text: string) => text.trim().split(/\s*,\s*|\s+/));

const listOf = <Item extends v.GenericSchema<string, unknown>>(item: Item) =>
  v.pipe(v.string(), itemsOf, v.array(item));

/** `PID[,PID…]` */
export const pids = listOf(
  v.pipe(
    wholeNumber("not a process id; give numbers, as in 4242 or 17,42"),
    v.minValue(1, "process ids begin at 1"),
    v.maxValue(PID_MAX_LIMIT, `process ids end at ${PID_MAX_LIMIT}`),
  ),
);

/** `USER[,USER…]`: names or uids, which planTrace() looks up. */
export const users = listOf(v.pipe(v.string(), v.minLength(1, "not a user; give names or uids, as in root or 0,1000")));

const ALL_SIGNALS = Array.from({ length: 64 }, (_, i) => i + 1);

const signal = v.pipe(
  v.string(),
  v.check(
    (text) => /^any$/i.test(text) || signalNumber(text) !== undefined,
    "not a signal; examples: KILL, SIGTERM, 9, RTMIN+6, any",
  ),
  v.transform((text) => (/^any$/i.test(text) ? ALL_SIGNALS : [signalNumber(text)!])),
);

/** `SIG[,SIG…]`, as numbers; `any` is all of them. */
export const signals = v.pipe(
  listOf(signal),
  v.transform((lists) => lists.flat()),
);

/** A process name or a glob, as a list of one. */
export const name = v.pipe(
  v.string(),
  v.check(
    (text) => isGlob(text) || literalBytes(text).length <= MAX_COMM_BYTES,
    `the kernel keeps only ${MAX_COMM_BYTES} bytes of a process's name, so nothing can match; give those, or end it with *`,
  ),
  v.transform((text) => [text]),
);

/** A cgroup path, as a list of one. */
export const cgroup = v.pipe(
  v.string(),
  v.startsWith("/", "not a cgroup's path; give it as in /proc/PID/cgroup: /system.slice/ssh.service"),
  v.check((text) => !text.includes("\n"), "the kernel allows no line feed in a cgroup's path; there is no such cgroup"),
  v.check(
    (text) => text.split("/").every((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES),
    `the kernel allows no name of more than ${MAX_NAME_BYTES} bytes; there is no such cgroup`,
  ),
  v.check(
    (text) => text.split("/").filter(Boolean).length <= MAX_PATH_NAMES,
    `a path of more than ${MAX_PATH_NAMES} names; name a cgroup above it`,
  ),
  v.transform((text) => [text]),
);

const column = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(columnKeys, "not a column; --columns help lists them") as v.GenericSchema<string, ColumnKey>,
);

/** `KEY[,KEY…]` or `help`. */
export const columnList = v.pipe(v.string(), itemsOf, v.union([v.strictTuple([v.literal("help")]), v.array(column)]));

export const text = v.string();

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, `not known; choose ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
}
