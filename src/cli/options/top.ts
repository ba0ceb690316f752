import { duration } from "../values/common.ts";
import { filterOptions } from "./filters.ts";
import { limitOptions } from "./general.ts";
import { type Options, valued, verbosity } from "./option.ts";
import { outputOptions } from "./output.ts";

const { threads: _, ...filters } = filterOptions;
const { by, sort, json, csv, redact, time, label, output, truncate, color } = outputOptions;

/** `exitsnoop top [options]`. */
export const topOptions = {
  ...filters,
  by,
  sort: { ...sort, help: sort.help.replace(/exits$/, "cpu") },
  interval: valued("", "TIME", duration, "how long an interval is; the default is 2s"),
  json: { ...json, help: "print JSON, an object for each row of each interval" },
  csv: { ...csv, help: "print CSV, a line for each row of each interval" },
  redact,
  time,
  label,
  "no-header": outputOptions["no-header"],
  color,
  "no-color": outputOptions["no-color"],
  output,
  truncate,
  for: limitOptions.for,
  "ring-size": limitOptions["ring-size"],
  btf: limitOptions.btf,
  ...verbosity,
} satisfies Options;
