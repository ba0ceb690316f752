/** The schemas of the filter options. */
import * as v from "valibot";
import { MAX_NAME_BYTES } from "../../filter/cgroup-paths.ts";
import { isContainerId } from "../../filter/container-id.ts";
import { isGlob, literalBytes, splitGlobs } from "../../filter/glob.ts";
import { MAX_COMM_BYTES } from "../../filter/name-automaton.ts";
import { MAX_EXIT_CODE, MAX_SIGNAL } from "../../filter/outcomes.ts";
import { PID_MAX_LIMIT } from "../../filter/selection.ts";
import { MAX_PATH_NAMES } from "../../record/layout.ts";
import { signalNumber } from "../../record/signal-names.ts";
import { listOf, wholeNumber } from "./common.ts";

/** A value after a `!`, which removes it from what the others select. */
export class Removed<T> {
  constructor(readonly value: T) {}
}

export type Listed<T> = T | Removed<T>;

/** Converts an item of a list to its values, each in a Removed if the item begins with `!`. */
function listed<T>(item: v.GenericSchema<string, T[]>): v.GenericSchema<string, Listed<T>[]> {
  const removed = () =>
    v.pipe(
      v.string(),
      v.transform((text) => text.slice(1)),
      item,
      v.transform((values) => values.map((value) => new Removed(value))),
    );
  return v.pipe(
    v.string(),
    v.lazy((text) => (String(text).startsWith("!") ? removed() : item) as v.GenericSchema<string, Listed<T>[]>),
  );
}

/** A list of items that a `!` may precede, with commas or blanks between them. */
const listOfListed = <T>(item: v.GenericSchema<string, T[]>) =>
  v.pipe(
    listOf(listed(item)),
    v.transform((lists) => lists.flat()),
  );

const one = <T>(value: T): T[] => [value];

/** `PID[,PID…]` */
export const pids = listOfListed(
  v.pipe(
    wholeNumber("not a process id; give numbers, as in 4242 or 17,42"),
    v.minValue(1, "process ids begin at 1"),
    v.maxValue(PID_MAX_LIMIT, `process ids end at ${PID_MAX_LIMIT}`),
    v.transform(one),
  ),
);

/** `USER[,USER…]`: names or uids, which planTrace() looks up. */
export const users = listOfListed(
  v.pipe(
    v.string(),
    v.minLength(1, "not a user; give names or uids, as in root or 0,1000"),
    v.transform<string, string[]>(one),
  ),
);

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

const isAny = (text: string) => /^any$/i.test(text);

/** `SIG[,SIG…]`, as numbers; `any` is all of them. */
export const signals = listOfListed(
  v.pipe(
    v.string(),
    v.check(
      (text) => isAny(text) || signalNumber(text) !== undefined,
      "not a signal; examples: KILL, SIGTERM, 9, RTMIN+6, any",
    ),
    v.transform((text) => (isAny(text) ? range(1, MAX_SIGNAL) : [signalNumber(text)!])),
  ),
);

/** `N[-M][,N[-M]…]`: exit codes. */
export const codes = listOfListed(
  v.pipe(
    v.string(),
    v.regex(/^\d+(-\d+)?$/, "not an exit code; give numbers and ranges, as in 137 or 1-9,127"),
    v.transform((text) => text.split("-").map(Number)),
    v.check((ends) => ends.at(-1)! <= MAX_EXIT_CODE, `exit codes end at ${MAX_EXIT_CODE}`),
    v.check((ends) => ends[0]! <= ends.at(-1)!, "a range goes from the lower code to the higher, as in 1-9"),
    v.transform((ends) => range(ends[0]!, ends.at(-1)!)),
  ),
);

/** `NAME[,NAME…]`: process names or globs. They may contain blanks. */
export const names = v.pipe(
  v.string(),
  v.transform(splitGlobs),
  v.transform((items) => (items.length > 1 ? items.map((item) => item.trim()) : items)),
  v.array(
    listed(
      v.pipe(
        v.string(),
        v.minLength(1, "not a process's name; give names or globs, as in nginx or python*,node"),
        v.check(
          (text) => isGlob(text) || literalBytes(text).length <= MAX_COMM_BYTES,
          `the kernel keeps only ${MAX_COMM_BYTES} bytes of a process's name, so nothing can match; give those, or end it with *`,
        ),
        v.transform<string, string[]>(one),
      ),
    ),
  ),
  v.transform((lists) => lists.flat()),
);

/** A glob for the command line, as a list of one. */
export const args = listed(
  v.pipe(v.string(), v.minLength(1, "no command line is empty"), v.transform<string, string[]>(one)),
);

/** A cgroup path, as a list of one. */
export const cgroup = listed(
  v.pipe(
    v.string(),
    v.startsWith("/", "not a cgroup's path; give it as in /proc/PID/cgroup: /system.slice/ssh.service"),
    v.check(
      (text) => !text.includes("\n"),
      "the kernel allows no line feed in a cgroup's path; there is no such cgroup",
    ),
    v.check(
      (text) => text.split("/").every((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES),
      `the kernel allows no name of more than ${MAX_NAME_BYTES} bytes; there is no such cgroup`,
    ),
    v.check(
      (text) => text.split("/").filter(Boolean).length <= MAX_PATH_NAMES,
      `a path of more than ${MAX_PATH_NAMES} names; name a cgroup above it`,
    ),
    v.transform<string, string[]>(one),
  ),
);

/** The suffixes of systemd's unit types, systemd.unit(5). */
const unitSuffix = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/** `UNIT[,UNIT…]`, each with its suffix. */
export const units = listOfListed(
  v.pipe(
    v.string(),
    v.regex(
      /^[^/\n]+$/,
      "not a unit's name; give it as systemctl does: nginx.service or nginx; a path is for --cgroup",
    ),
    v.regex(
      /^[^*?[\]]+$/,
      "not a unit's name, and globs do not work here; a slice such as system.slice stands for all units in it",
    ),
    v.transform((text) => (unitSuffix.test(text) ? text : `${text}.service`)),
    v.check((text) => Buffer.byteLength(text) <= MAX_NAME_BYTES, "longer than a unit's name can be"),
    v.transform<string, string[]>(one),
  ),
);

/** `ID[,NAME…]`: ids of containers in lower case, or their first digits, and names. */
export const containers = listOfListed(
  v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
      "not a container; give its name, or at least 12 of the 64 hex digits of its id, as docker ps or crictl ps shows them",
    ),
    v.transform<string, string[]>((text) => one(isContainerId(text.toLowerCase()) ? text.toLowerCase() : text)),
  ),
);
