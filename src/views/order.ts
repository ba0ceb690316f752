/** The orders of the rows of a summary. */
import type { Tally } from "./tally.ts";

const orders = {
  exits: (tally: Tally) => tally.exits,
  cpu: (tally: Tally) => tally.cpuNs,
  failed: (tally: Tally) => tally.failed,
  killed: (tally: Tally) => tally.killed,
  rss: (tally: Tally) => tally.maxRss,
  life: ({ lifetimes }: Tally) => lifetimes.max.ns,
};

/** The value by which rows are sorted, the largest first. */
export type SummaryOrder = keyof typeof orders;
export const summaryOrders = Object.keys(orders) as [SummaryOrder, ...SummaryOrder[]];

/** Returns a function for sort(). Rows that are equal in the order are sorted by exits and CPU. */
export function comparator(order: SummaryOrder): (a: { tally: Tally }, b: { tally: Tally }) => number {
  const valueOf = orders[order];
  return ({ tally: a }, { tally: b }) => valueOf(b) - valueOf(a) || b.exits - a.exits || b.cpuNs - a.cpuNs;
}
