import { Blocks } from "./blocks.ts";
import { Csv } from "./csv.ts";
import { Ecli } from "./ecli.ts";
import type { Format, FormatOptions, Layout } from "./format.ts";
import { Json } from "./json.ts";
import { People } from "./people.ts";
import { Table } from "./table.ts";

/** The formats that traces use most. The others are in formats.ts: see trace/modules.ts. */
export const lineFormats = {
  people: People,
  table: Table,
  blocks: Blocks,
  json: Json,
  csv: Csv,
  ecli: Ecli,
};

type LineLayout = keyof typeof lineFormats;

export function isLineLayout(layout: Layout): layout is LineLayout {
  return layout in lineFormats;
}

export function createLineFormat(layout: LineLayout, options: FormatOptions): Format {
  return new lineFormats[layout](options);
}
