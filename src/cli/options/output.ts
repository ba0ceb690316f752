import { timeForms } from "../../output/index.ts";
import { columnList } from "../values/columns.ts";
import { duration, oneOf, rate } from "../values/common.ts";
import { keepLimits } from "../values/keep.ts";
import { format, label } from "../values/format.ts";
import { summaryKeyNames } from "../../views/keys.ts";
import { summaryOrders } from "../../views/order.ts";
import { summaryKeyList } from "../values/summary.ts";
import { common, flag, list, type Options, valued } from "./option.ts";

/** The options that decide what is written, how, and where. */
export const outputOptions = {
  columns: valued(
    "C",
    "LIST",
    columnList,
    "which columns, in which order; +a,-b adds to and removes from the default; --columns help lists them",
  ),
  wide: flag("w", "everything: a block for each exit on a terminal, else every column"),
  format: valued(
    "f",
    "FORMAT",
    format,
    "table (default), wide (a block for each exit), json (or jsonl, ndjson), csv, ecli, otlp (OTLP/JSON lines), trace (Chrome trace events) or html (a timeline)",
  ),
  json: flag("j", "same as --format json"),
  csv: flag("", "same as --format csv"),
  summary: flag(
    "S",
    "print sums instead of exits: at the end, on SIGUSR1 and at each --interval; -w adds the lifetimes",
  ),
  by: list(
    "",
    "KEY[,KEY…]",
    summaryKeyList,
    `group the sums by one or several keys: ${summaryKeyNames.join(", ")}; the default is comm`,
  ),
  sort: valued(
    "",
    "ORDER",
    oneOf(summaryOrders),
    `sort the rows by one of the sums: ${summaryOrders.join(", ")}; the default is exits`,
  ),
  interval: valued("", "TIME", duration, "print the sums each TIME, and begin new ones"),
  limit: valued(
    "",
    "N/s",
    rate,
    "print at most N exits a second of those with the same name, parent's name, cgroup and outcome; one line per second has the number of the others",
  ),
  redact: common.redact,
  time: valued("", "FORM", oneOf(timeForms), "the table's times: local (default), utc, iso, unix, delta or none"),
  timestamp: flag("t", "same as --time local"),
  utc: flag("", "same as --time utc"),
  label: {
    ...valued("", "TEXT", label, "put TEXT into each line: the first column, the last key in JSON"),
    canBeEmpty: true,
  },
  "no-header": common.noHeader,
  color: common.color,
  "no-color": flag("", "same as --color never"),
  "no-crash": flag("", "do not record where processes crash"),
  "all-signals": flag("", "record the place for every fatal signal, not only for those that dump core"),
  latency: valued(
    "",
    "TIME",
    duration,
    "how long exits may gather before they are printed; the default is 250ms, and on a terminal 200ms, where the first one after a quiet time does not wait",
  ),
  output: common.output,
  keep: list(
    "",
    "SIZE|TIME",
    keepLimits,
    "-o names a directory: begin a new file in it now and then, and remove the oldest beyond SIZE (200M), TIME (7d) or both (200M,7d)",
  ),
  fifo: flag(
    "",
    "-o names a FIFO, created if it is not there: the trace goes on without a reader, and what the FIFO has no room for is counted as lost",
  ),
  truncate: common.truncate,
} satisfies Options;
