/** The interface of this folder: columns, the sink, and what formats have in common. */
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
  type TracingGap,
} from "./format.ts";
export { Sink, type Write } from "./sink.ts";
export type { SuppressedExits } from "./suppressed.ts";
export { type TimeForm, timeForms } from "./time.ts";
