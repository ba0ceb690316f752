/** The interface of this folder: columns, formats by name, and the sink. */
import { Csv } from "./csv.ts";
import { Ecli } from "./ecli.ts";
import type { Format, FormatName, FormatOptions } from "./format.ts";
import { Json } from "./json.ts";
import { Table } from "./table.ts";

export { ByteWriter } from "../text/byte-writer.ts";
export { type Schema, schemaOf } from "./columns/column.ts";
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
export { type Format, type FormatName, formatNames, type FormatOptions } from "./format.ts";
export { Sink } from "./sink.ts";
export { type TimeForm, timeForms } from "./time.ts";

const formats = { table: Table, json: Json, csv: Csv, ecli: Ecli };

export function createFormat(name: FormatName, options: FormatOptions): Format {
  return new formats[name](options);
}
