import { count } from "../values/common.ts";
import { moment } from "../values/moments.ts";
import { filterOptions } from "./filters.ts";
import { childOptions, limitOptions } from "./general.ts";
import { flag, type Options, valued, verbosity } from "./option.ts";
import { outputOptions } from "./output.ts";

const { tree, ...filters } = filterOptions;
const { latency, "no-crash": _noCrash, "all-signals": allSignals, keep, fifo, ...output } = outputOptions;
const { count: _count, ...limits } = limitOptions;

/** `exitsnoop replay [options] FILE...`. */
export const replayOptions = {
  since: {
    ...valued("", "T", moment, "only from T on: 02:55, 2026-11-30 02:55, -5min, yesterday, or RFC 3339"),
    canBeNegative: true,
  },
  until: { ...valued("", "T", moment, "only up to T"), canBeNegative: true },
  ...filters,
  ...output,
  summary: flag("S", "print sums instead of exits: at the end and at each --interval; -w adds the lifetimes"),
  interval: { ...output.interval, help: "print the sums of each TIME of the recording, and begin new ones" },
  "no-crash": flag("", "leave out where processes crashed"),
  count: valued("", "N", count, "stop after N exits"),
  quiet: verbosity.quiet,
  help: verbosity.help,
} satisfies Options;

/** The options of a trace that mean nothing for a recording. */
export const liveOptions = {
  tree,
  latency,
  keep,
  fifo,
  "all-signals": allSignals,
  ...limits,
  ...childOptions,
} satisfies Options;
