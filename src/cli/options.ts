/**
 * The tables of options, one a command. Parsing, checking, --help, the man page and the completion
 * are made from them. Short names follow BCC and libbpf-tools.
 */
import type { GenericSchema } from "valibot";
import { formatNames, timeForms } from "../output/index.ts";
import { cgroup, columnList, count, duration, name, oneOf, pids, signals, size, text, users } from "./values.ts";

export interface Option {
  short?: string;
  /** The name of the value in the help; undefined for a switch. */
  value?: string;
  /** Converts the text to the value; undefined for a switch. */
  schema?: GenericSchema<string, unknown>;
  /** True if the option may be given several times; the lists are joined. */
  isList?: boolean;
  help: string;
}

export type Options = Record<string, Option>;

/** The grammar of a command line. */
export interface Syntax<Table extends Options> {
  /** The program with its subcommand, for messages. */
  program: string;
  options: Table;
  /** The name of the one operand, e.g. `PACKAGE`; undefined: the command takes none. */
  operand?: string;
  /** The words after `--`: their name and an example, for messages. */
  rest?: { name: string; example: string; isOptional?: boolean };
}

/** A switch. Here and below, `short` is empty if the option has only its long name. */
const flag = (short: string, help: string) => ({ ...(short && { short }), help });
const valued = <Schema extends Option["schema"]>(short: string, value: string, schema: Schema, help: string) => ({
  ...flag(short, help),
  value,
  schema,
});
const list = <Schema extends Option["schema"]>(short: string, value: string, schema: Schema, help: string) => ({
  ...valued(short, value, schema, help),
  isList: true,
});

const verbosity = {
  quiet: flag("q", "print only losses and errors"),
  verbose: flag("v", "print what is being done, with libbpf's messages"),
  help: flag("h", "print this help"),
};
const output = valued("o", "FILE", text, "write events to FILE instead of stdout");
const stopAfter = valued("", "TIME", duration, "stop after TIME: 250ms, 10s, 5m, 2h, 1d; a bare number is seconds");
const btf = valued("", "FILE", text, "a BTF file of exactly this kernel, if it has no BTF itself");
const noHeader = flag("", "print no header line");
const color = valued(
  "",
  "WHEN",
  oneOf(["auto", "always", "never"]),
  "auto (default: on a terminal, unless NO_COLOR is set), always or never",
);

/** `exitsnoop [options] [-- COMMAND]`. */
export const options = {
  failed: flag("x", "only exits with a code other than 0, and deaths by signal"),
  pid: list("p", "PID[,PID…]", pids, "only these processes"),
  ppid: list("P", "PID[,PID…]", pids, "only children of these processes"),
  name: list("n", "NAME", name, "only this name (COMM): exact, or a glob; may be given several times"),
  user: list("u", "USER[,USER…]", users, "only of these users: names or uids"),
  signal: list("s", "SIG[,SIG…]", signals, "only deaths by these signals: KILL, SIGKILL, 9, any"),
  cgroup: list(
    "c",
    "PATH",
    cgroup,
    "only in this cgroup or below, now or later, as in /proc/PID/cgroup; may be given several times",
  ),
  "min-duration": valued("", "TIME", duration, "only processes that lived at least that long"),
  threads: flag("T", "every thread's exit, not only the process's"),
  "per-thread": flag("", "same as --threads"),
  columns: valued("C", "LIST", columnList, "which columns, in which order; --columns help lists them"),
  wide: flag("w", "every column"),
  format: valued("f", "FORMAT", oneOf(formatNames), "table (default), json, csv or ecli"),
  json: flag("j", "same as --format json"),
  time: valued("", "FORM", oneOf(timeForms), "the table's times: local (default), utc, iso, unix, delta or none"),
  timestamp: flag("t", "same as --time local"),
  utc: flag("", "same as --time utc"),
  "no-header": noHeader,
  color,
  output,
  count: valued("", "N", count, "stop after N exits"),
  for: stopAfter,
  "ring-size": valued(
    "",
    "SIZE",
    size,
    "size of the ring buffer (default 1M, with -w 4M), rounded up as the kernel requires",
  ),
  btf,
  as: valued("", "USER", text, "with a COMMAND: run it as this user"),
  "no-wait": flag("", "with a COMMAND: end when it ends, not when its last descendant does"),
  ...verbosity,
  version: flag("V", "print the version"),
} satisfies Options;

export type OptionName = keyof typeof options;

/** `exitsnoop run [options] PACKAGE [-- OPTIONS OF THE PACKAGE]`. */
export const runOptions = {
  json: flag("j", "print JSON, one object a line"),
  inspect: flag("", "print what the package attaches to and uses, and load nothing"),
  "no-header": noHeader,
  output,
  count: valued("", "N", count, "stop after N events"),
  for: stopAfter,
  btf,
  ...verbosity,
} satisfies Options;

/** `exitsnoop package [options]`. */
export const packageOptions = {
  output: valued(
    "o",
    "FILE",
    text,
    "write to FILE, - for stdout; default: stdout, or package.json if that is a terminal",
  ),
  recorder: flag("", "the full record of each exit instead of the tutorial's five fields"),
  force: flag("", "overwrite FILE"),
  ...verbosity,
} satisfies Options;

/** `exitsnoop doctor [options]`. */
export const doctorOptions = {
  json: flag("j", "print one JSON object"),
  btf,
  color,
  verbose: verbosity.verbose,
  help: verbosity.help,
} satisfies Options;
