import { text } from "../values/common.ts";
import { exportOptions } from "./export.ts";
import { filterOptions } from "./filters.ts";
import { limitOptions } from "./general.ts";
import { type Options, valued, verbosity } from "./option.ts";
import { outputOptions } from "./output.ts";

// processes that run now may be gone when the tracer is started again
// and --args is the exporter's option of that name
const { pid: _pid, tree: _tree, args: _args, ...filters } = filterOptions;
const {
  "from-end": _fromEnd,
  confirm: _confirm,
  quiet: _quiet,
  verbose: _verbose,
  help: _help,
  ...destinations
} = exportOptions;
const { count: _count, for: _for, ...limits } = limitOptions;

/** The options that the agent passes to the tracer. */
export const agentTracerOptions = {
  // so that a process with network never gets what is replaced
  redact: destinations.redact,
  ...filters,
  "no-crash": outputOptions["no-crash"],
  "all-signals": outputOptions["all-signals"],
  label: outputOptions.label,
  limit: outputOptions.limit,
  latency: {
    ...outputOptions.latency,
    help: "how long exits may gather before they are passed on; the default is 250ms",
  },
  ...limits,
} satisfies Options;

const { redact: _redact, ...exported } = destinations;

/** The options that the agent passes to the exporter. */
export const agentExporterOptions = {
  ...exported,
  spool: {
    ...destinations.spool,
    help: "keep what is not sent yet in this directory, where the next exporter finds it; without it, at most 32M wait in memory",
  },
  as: { ...destinations.as, help: destinations.as.help.replace("run", "run the exporter") },
} satisfies Options;

/** `exitsnoop agent [options]`. */
export const agentOptions = {
  // redact stands beside args
  ...destinations,
  ...agentExporterOptions,
  ...agentTracerOptions,
  state: valued(
    "",
    "FILE",
    text,
    "the file with the time until which exits were traced, to report gaps; the default is in /var/lib/exitsnoop",
  ),
  ...verbosity,
} satisfies Options;
