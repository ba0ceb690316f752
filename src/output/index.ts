/** The interface of this folder: columns, formats by name, and the sink. */
import { Blocks } from "./blocks.ts";
import { Csv } from "./csv.ts";
import { Ecli } from "./ecli.ts";
import type { Format, FormatOptions, Layout } from "./format.ts";
import { Html } from "./html.ts";
import { Json } from "./json.ts";
import { Otlp } from "./otlp.ts";
import { People } from "./people.ts";
import { Table } from "./table.ts";
import { TraceEvents } from "./trace-events.ts";

export { ByteWriter } from "../text/byte-writer.ts";
export { type Schema, schemaOf } from "./columns/column.ts";
export {
  type Column,
  type ColumnKey,
  columnKeys,
  columnNamed,
  columnNames,
  columnSets,
  columns,
  type Group,
  keysOf,
  peopleColumns,
  pick,
  timelineColumns,
  tutorialColumns,
  wideColumns,
} from "./columns.ts";
export {
  type Format,
  type FormatName,
  formatNames,
  type FormatOptions,
  isDocument,
  type Layout,
  type Source,
} from "./format.ts";
export { Sink, type Write } from "./sink.ts";
export { type TimeForm, timeForms } from "./time.ts";

const formats = {
  people: People,
  table: Table,
  blocks: Blocks,
  json: Json,
  csv: Csv,
  ecli: Ecli,
  otlp: Otlp,
  trace: TraceEvents,
  html: Html,
};

export function createFormat(layout: Layout, options: FormatOptions): Format {
  return new formats[layout](options);
}
