import type { KeyPart } from "./key-buffer.ts";
import type { RowKind, SummaryData } from "./summary-data.ts";
import type { Tally } from "./tally.ts";
import type { Row } from "./values.ts";

/** A row of a summary. Only the row of a key has parts, and may be incomplete. */
export interface SummaryRow extends Row {
  kind: RowKind;
  parts: readonly KeyPart[];
  isComplete: boolean;
}

/** Returns the rows of a summary in their order: the keys, the others, the total. */
export function rowsOf({ aggregates, other, total, period: { busyNs } }: SummaryData): SummaryRow[] {
  const sumOf = (kind: RowKind, tally: Tally) => ({ kind, tally, busyNs, parts: [], isComplete: true });
  return [
    ...aggregates.map(({ tally, parts, isComplete }) => ({ kind: "key" as const, tally, busyNs, parts, isComplete })),
    ...(other ? [sumOf("other", other)] : []),
    sumOf("total", total),
  ];
}
