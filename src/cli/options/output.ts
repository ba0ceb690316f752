import { formatNames, timeForms } from "../../output/index.ts";
import { columnList } from "../values/columns.ts";
import { oneOf, text } from "../values/common.ts";
import { common, flag, type Options, valued } from "./option.ts";

/** The options that decide what is written, how, and where. */
export const outputOptions = {
  columns: valued("C", "LIST", columnList, "which columns, in which order; --columns help lists them"),
  wide: flag("w", "every column"),
  format: valued("f", "FORMAT", oneOf(formatNames), "table (default), json, csv or ecli"),
  json: flag("j", "same as --format json"),
  time: valued("", "FORM", oneOf(timeForms), "the table's times: local (default), utc, iso, unix, delta or none"),
  timestamp: flag("t", "same as --time local"),
  utc: flag("", "same as --time utc"),
  "no-header": common.noHeader,
  color: common.color,
  output: valued("o", "FILE", text, "write events to FILE instead of stdout"),
} satisfies Options;
