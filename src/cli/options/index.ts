/**
 * The tables of options, one a command. Parsing, checking, --help, the man page and the completion
 * are made from them. Short names follow BCC and libbpf-tools.
 */
import { filterOptions } from "./filters.ts";
import { childOptions, limitOptions, messageOptions } from "./general.ts";
import type { Options } from "./option.ts";
import { outputOptions } from "./output.ts";

export { agentOptions } from "./agent.ts";
export { exportOptions } from "./export.ts";
export type { Option, Options, Syntax } from "./option.ts";
export { liveOptions, replayOptions } from "./replay.ts";
export { reportOptions } from "./report.ts";
export { topOptions } from "./top.ts";
export { doctorOptions, packageOptions, runOptions, textOptions } from "./subcommands.ts";

/** The options of the tracer by subject, in the order of the help. */
export const optionGroups = {
  filters: filterOptions,
  output: outputOptions,
  limits: limitOptions,
  child: childOptions,
  messages: messageOptions,
} satisfies Record<string, Options>;

/** `exitsnoop [OPTIONS] [[--] COMMAND [ARG...]]`. */
export const options = {
  ...filterOptions,
  ...outputOptions,
  ...limitOptions,
  ...childOptions,
  ...messageOptions,
} satisfies Options;

export type OptionName = keyof typeof options;
