/** Tables of the documents that are made from the tables of the program. */
import { type Column, columns, type Schema, schemaOf } from "../../src/output/index.ts";
import { table } from "./figures.ts";

const all: readonly Column[] = columns;

/** Markdown takes a bar in a cell for the cell's end. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Returns the JSON type in words: `integer or null`, `array of strings`. */
function typeOf(schema: Schema): string {
  const { type, items } = schema as { type: string | string[]; items?: Schema };
  return [type]
    .flat()
    .map((name) => (name === "array" && items ? `array of ${typeOf(items)}s` : name))
    .join(" or ");
}

/** A row for each column: its key, its heading, its JSON type, its group and its meaning. */
export function columnsTable(): string {
  const rows = all.map((column) => [
    `\`${column.key}\``,
    `\`${column.heading}\``,
    typeOf(schemaOf(column)),
    column.group,
    cell(column.help),
  ]);
  return table([["key", "heading", "JSON type", "group", "meaning"], ...rows]);
}
