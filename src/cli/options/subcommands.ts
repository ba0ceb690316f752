/** The tables of options of the subcommands. */
import { count, text } from "../values/common.ts";
import { common, flag, type Options, valued, verbosity } from "./option.ts";

/** `exitsnoop run [options] PACKAGE [-- OPTIONS OF THE PACKAGE]`. */
export const runOptions = {
  json: flag("j", "print JSON, an object on each line"),
  inspect: flag("", "print what the package attaches to and uses, and load nothing"),
  "no-header": common.noHeader,
  output: common.output,
  truncate: common.truncate,
  count: valued("", "N", count, "stop after N events"),
  for: common.stopAfter,
  btf: common.btf,
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
  btf: common.btf,
  color: common.color,
  verbose: verbosity.verbose,
  help: verbosity.help,
} satisfies Options;

/** The options of the subcommands that print a text: help, man, completion, schema, version. */
export const textOptions = { help: verbosity.help } satisfies Options;
