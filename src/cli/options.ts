/** The one table of options: parsing, checking, and `--help` are made from it. Letters follow BCC and libbpf-tools. */
import type { GenericSchema } from "valibot";
import { formatNames, timeForms } from "../output/index.ts";
import { cgroup, columnList, count, duration, name, oneOf, pids, signals, size, text, users } from "./values.ts";

export interface Option {
  short?: string;
  /** What stands for the value in the help; none: the option is a switch. */
  value?: string;
  /** From the text to the value. */
  schema?: GenericSchema<string, unknown>;
  /** May be given several times; the lists are joined. */
  isList?: boolean;
  help: string;
}

export const options = {
  failed: { short: "x", help: "only exits with a code other than 0, and deaths by signal" },
  pid: { short: "p", value: "PID[,PID…]", schema: pids, isList: true, help: "only these processes" },
  ppid: { short: "P", value: "PID[,PID…]", schema: pids, isList: true, help: "only children of these" },
  name: {
    short: "n",
    value: "NAME",
    schema: name,
    isList: true,
    help: "only this name (COMM): exact, or a glob; may be given several times",
  },
  user: { short: "u", value: "USER[,USER…]", schema: users, isList: true, help: "only of these users: names or uids" },
  signal: {
    short: "s",
    value: "SIG[,SIG…]",
    schema: signals,
    isList: true,
    help: "only deaths by these signals: KILL, SIGKILL, 9, any",
  },
  cgroup: {
    short: "c",
    value: "PATH",
    schema: cgroup,
    isList: true,
    help: "only below this cgroup, as in /proc/PID/cgroup; may be given several times",
  },
  "min-duration": { value: "TIME", schema: duration, help: "only who lived at least that long" },
  threads: { short: "T", help: "every thread's end, not only the process's" },
  "per-thread": { help: "the same as --threads" },
  columns: {
    short: "C",
    value: "LIST",
    schema: columnList,
    help: "which columns, in which order; --columns help lists them",
  },
  wide: { short: "w", help: "every column" },
  format: { short: "f", value: "FORMAT", schema: oneOf(formatNames), help: "table (default), json, csv or ecli" },
  json: { short: "j", help: "the same as --format json" },
  time: {
    value: "FORM",
    schema: oneOf(timeForms),
    help: "the table's times: local (default), utc, iso, unix, delta or none",
  },
  timestamp: { short: "t", help: "the same as --time local" },
  utc: { help: "the same as --time utc" },
  "no-header": { help: "no line of headings" },
  color: {
    value: "WHEN",
    schema: oneOf(["auto", "always", "never"]),
    help: "auto (default: on a terminal, unless NO_COLOR is set), always or never",
  },
  output: { short: "o", value: "FILE", schema: text, help: "write events to FILE instead of stdout" },
  count: { value: "N", schema: count, help: "stop after N exits" },
  for: { value: "TIME", schema: duration, help: "stop after TIME: 250ms, 10s, 5m, 2h, 1d; a bare number is seconds" },
  "ring-size": {
    value: "SIZE",
    schema: size,
    help: "the ring buffer (default 256K), rounded up to what the kernel takes",
  },
  as: { value: "USER", schema: text, help: "with a COMMAND: run it as this user" },
  "no-wait": { help: "with a COMMAND: end when it ends, not when its last descendant does" },
  quiet: { short: "q", help: "say nothing but losses and errors" },
  verbose: { short: "v", help: "say what is being done, libbpf's messages included" },
  help: { short: "h", help: "show this" },
  version: { short: "V", help: "show the version" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;
