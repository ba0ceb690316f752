import type { Aggregates } from "./aggregates.ts";
import { comparator, type SummaryOrder } from "./order.ts";
import type { Period, SummaryData } from "./summary-data.ts";
import { Tally } from "./tally.ts";

/** Returns the contents of a summary. Its tallies are those of the aggregates. */
export function summarize({ keys, all, other }: Aggregates, order: SummaryOrder, period: Period): SummaryData {
  const total = new Tally();
  for (const { tally } of all) total.merge(tally);
  total.merge(other);
  return {
    keys,
    aggregates: all.toSorted(comparator(order)),
    other: other.exits > 0 ? other : undefined,
    total,
    period,
  };
}
