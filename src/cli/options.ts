/** The tables of options, one a command: parsing, checking, and `--help` are made from them. Letters follow BCC and libbpf-tools. */
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

export type Options = Record<string, Option>;

/** What every command has. */
const verbosity = {
  quiet: { short: "q", help: "say nothing but losses and errors" },
  verbose: { short: "v", help: "say what is being done, libbpf's messages included" },
  help: { short: "h", help: "show this" },
} as const satisfies Options;

const version = { version: { short: "V", help: "show the version" } } as const satisfies Options;

const output = { short: "o", value: "FILE", schema: text, help: "write events to FILE instead of stdout" } as const;
const stopAfter = {
  value: "TIME",
  schema: duration,
  help: "stop after TIME: 250ms, 10s, 5m, 2h, 1d; a bare number is seconds",
} as const;
const btf = {
  value: "FILE",
  schema: text,
  help: "the kernel's types, where it does not describe them itself: BTF for exactly this kernel",
} as const;
const noHeader = { help: "no line of headings" } as const;

const color = {
  value: "WHEN",
  schema: oneOf(["auto", "always", "never"]),
  help: "auto (default: on a terminal, unless NO_COLOR is set), always or never",
} as const;

/** `exitsnoop [options] [-- COMMAND]`. */
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
    help: "only in this cgroup or below, now or later, as in /proc/PID/cgroup; may be given several times",
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
  "no-header": noHeader,
  color,
  output,
  count: { value: "N", schema: count, help: "stop after N exits" },
  for: stopAfter,
  "ring-size": {
    value: "SIZE",
    schema: size,
    help: "the ring buffer (default 1M, with -w 4M), rounded up to what the kernel takes",
  },
  btf,
  as: { value: "USER", schema: text, help: "with a COMMAND: run it as this user" },
  "no-wait": { help: "with a COMMAND: end when it ends, not when its last descendant does" },
  ...verbosity,
  ...version,
} as const satisfies Options;

export type OptionName = keyof typeof options;

/** `exitsnoop run [options] PACKAGE [-- OPTIONS OF THE PACKAGE]`. */
export const runOptions = {
  json: { short: "j", help: "JSON, one object a line" },
  inspect: { help: "say what the package attaches to and uses, and load nothing" },
  "no-header": noHeader,
  output,
  count: { value: "N", schema: count, help: "stop after N events" },
  for: stopAfter,
  btf,
  ...verbosity,
} as const satisfies Options;

/** `exitsnoop package [options]`. */
export const packageOptions = {
  output: {
    short: "o",
    value: "FILE",
    schema: text,
    help: "write to FILE, - for stdout; default: stdout, or package.json where that is a terminal",
  },
  recorder: { help: "the full record of each exit instead of the tutorial's five fields" },
  force: { help: "overwrite FILE" },
  ...verbosity,
} as const satisfies Options;

/** `exitsnoop doctor [options]`. */
export const doctorOptions = {
  json: { short: "j", help: "one JSON object" },
  btf,
  color,
  verbose: verbosity.verbose,
  help: verbosity.help,
} as const satisfies Options;
