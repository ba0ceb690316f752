/** The schemas of the filter options. */
import * as v from "valibot";
import { MAX_NAME_BYTES } from "../../filter/cgroup-paths.ts";
import { isGlob, literalBytes } from "../../filter/glob.ts";
import { MAX_COMM_BYTES } from "../../filter/name-automaton.ts";
import { PID_MAX_LIMIT } from "../../filter/selection.ts";
import { MAX_PATH_NAMES } from "../../record/layout.ts";
import { signalNumber } from "../../record/signal-names.ts";
import { listOf, wholeNumber } from "./common.ts";

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
