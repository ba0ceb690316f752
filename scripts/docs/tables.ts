/** Tables of the documents that are made from the tables of the program. */
import { type Column, columns } from "../../src/output/index.ts";
import { table } from "./figures.ts";

const all: readonly Column[] = columns;

/** Markdown takes a bar in a cell for the cell's end. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** A row for each column: its key, its heading, its group and its meaning. */
export function columnsTable(): string {
  const rows = all.map(({ key, heading, group, help }) => [`\`${key}\``, `\`${heading}\``, group, cell(help)]);
  return table([["key", "heading", "group", "meaning"], ...rows]);
}
