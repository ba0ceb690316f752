/** The face of this folder: a format by its name, and the sink. */
import { Csv } from "./csv.ts";
import { Ecli } from "./ecli.ts";
import type { Format, FormatName, Look } from "./format.ts";
import { Json } from "./json.ts";
import { Table } from "./table.ts";

export { ByteWriter } from "./byte-writer.ts";
export {
  type Column,
  type ColumnKey,
  columnKeys,
  columns,
  type Group,
  keysOf,
  pick,
  tutorialColumns,
  wideColumns,
} from "./columns.ts";
export { type Format, type FormatName, formatNames, type Look } from "./format.ts";
export { Sink, WriteError } from "./sink.ts";
export { type TimeForm, timeForms } from "./time.ts";

export function createFormat(name: FormatName, look: Look): Format {
  switch (name) {
    case "table":
      return new Table(look);
    case "json":
      return new Json(look);
    case "csv":
      return new Csv(look);
    case "ecli":
      return new Ecli(look);
  }
}
