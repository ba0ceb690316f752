import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import type { Format } from "../output/index.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { Aggregates, MAX_AGGREGATES } from "./aggregates.ts";
import { pickKeys } from "./keys.ts";
import { SummaryCsv } from "./summary-csv.ts";
import type { SummaryOrder } from "./order.ts";
import { summarize } from "./summarize.ts";
import type { Period, SummaryLayout, SummaryOptions, SummaryWriter } from "./summary-data.ts";
import { SummaryJson } from "./summary-json.ts";
import { SummaryTable } from "./summary-table.ts";

const writers = { table: SummaryTable, json: SummaryJson, csv: SummaryCsv };

/**
 * Sums up exits, live or replayed. It is a Format that writes nothing for an exit: write() writes
 * the sums. The caller decides what time they cover, by the clock or by the exits.
 */
export class Summary implements Format {
  readonly #aggregates: Aggregates;
  readonly #writer: SummaryWriter;
  readonly #order: SummaryOrder;
  /** Undefined if the form of the summary has no such lines. */
  readonly header: ((out: ByteWriter) => void) | undefined;
  readonly lost: ((out: ByteWriter, count: number, noticed: Timespec) => void) | undefined;

  constructor(layout: SummaryLayout, options: SummaryOptions, maxAggregates = MAX_AGGREGATES) {
    const keys = pickKeys(options.by);
    const writer: SummaryWriter = new writers[layout](keys, options);
    this.#aggregates = new Aggregates(keys, options.lacks, maxAggregates);
    this.#writer = writer;
    this.#order = options.sort ?? "exits";
    this.header = writer.header?.bind(writer);
    this.lost = writer.lost?.bind(writer);
  }

  /** Counts an exit, or several like it. Allocates nothing if its key is known. */
  exit(_: ByteWriter, exit: Exit, count = 1): void {
    this.#aggregates.add(exit, count);
  }

  /** Writes the sums since the last clear(). */
  write(out: ByteWriter, period: Period): void {
    this.#writer.write(out, summarize(this.#aggregates, this.#order, period));
  }

  /** Begins new sums. */
  clear(): void {
    this.#aggregates.clear();
  }
}
