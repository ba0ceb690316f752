/** The face of this folder: a format by its name, and the sink. */
import { Csv } from "./csv.ts";
import { Ecli } from "./ecli.ts";
import type { Format, FormatName } from "./format.ts";
import { Json } from "./json.ts";
import { Table } from "./table.ts";
import type { TimeForm, UtcOffset } from "./time.ts";

export { ByteWriter } from "./byte-writer.ts";
export { columns } from "./columns.ts";
export { type Format, type FormatName, formatNames } from "./format.ts";
export { Sink, WriteError } from "./sink.ts";
export { type TimeForm, timeForms } from "./time.ts";

/** `time` and `color` shape the table only; the other formats are contracts. `utcOffset` is what local times go by. */
export function createFormat(name: FormatName, time: TimeForm, color: boolean, utcOffset?: UtcOffset): Format {
  switch (name) {
    case "table":
      return new Table(time, color, utcOffset);
    case "json":
      return new Json();
    case "csv":
      return new Csv();
    case "ecli":
      return new Ecli(utcOffset);
  }
}
