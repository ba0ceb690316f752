import type { KeyPart } from "./key-buffer.ts";
import type { RowKind, SummaryData } from "./summary-data.ts";
import type { Tally } from "./tally.ts";

/** Writes a row. Only a row of a key has parts, and may be incomplete. */
type WriteRow = (kind: RowKind, tally: Tally, parts: readonly KeyPart[], isComplete: boolean) => void;

/** Calls a function for each row of a summary, in their order: the keys, the others, the total. */
export function eachRow({ aggregates, other, total }: SummaryData, write: WriteRow): void {
  for (const { tally, parts, isComplete } of aggregates) write("key", tally, parts, isComplete);
  if (other) write("other", other, [], true);
  write("total", total, [], true);
}
