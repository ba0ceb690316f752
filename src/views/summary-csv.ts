import { writeCsv } from "../output/csv-text.ts";
import { rfc3339 } from "../output/time.ts";
import { COMMA } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { escapeText } from "../text/escape.ts";
import { rowsOf, type SummaryRow } from "./summary-rows.ts";
import type { SummaryKey } from "./keys.ts";
import type { Period, SummaryData, SummaryOptions, SummaryWriter } from "./summary-data.ts";
import { values } from "./values.ts";

/** CSV with JSON's keys, but without the distribution of lifetimes. */
export class SummaryCsv implements SummaryWriter {
  readonly #writeTime = rfc3339();
  readonly #writeFrom = rfc3339();
  readonly #close: Uint8Array;

  constructor(
    readonly keys: readonly SummaryKey[],
    readonly options: Pick<SummaryOptions, "label">,
  ) {
    const { label } = options;
    this.#close = bytesOf(label === undefined ? "\n" : `,${escapeText(label, writeCsv)}\n`);
  }

  header(out: ByteWriter): void {
    const keys = this.keys.flatMap(({ fields }) => fields.map(({ key }) => key));
    const label = this.options.label === undefined ? [] : ["label"];
    const all = ["time", "from", "row", "complete", ...keys, ...values.map(({ key }) => key), ...label];
    out.put(bytesOf(`${all.join(",")}\n`));
  }

  write(out: ByteWriter, data: SummaryData): void {
    for (const row of rowsOf(data)) this.#row(out, row, data.period);
  }

  #row(out: ByteWriter, row: SummaryRow, { from, to, isUnknown }: Period): void {
    const { kind, parts, isComplete } = row;
    out.reserve(0);
    if (!isUnknown) this.#writeTime(out, to);
    out.byte(COMMA);
    if (!isUnknown) this.#writeFrom(out, from);
    out.put(bytesOf(`,${kind},${isComplete}`));
    this.keys.forEach(({ fields }, i) => {
      for (const { isAbsent, csv } of fields) {
        out.reserve(0);
        out.byte(COMMA);
        const part = parts[i];
        if (part?.hasValue && !isAbsent?.(part)) csv(out, part);
      }
    });
    for (const { isAbsent, write } of values) {
      out.reserve(0);
      out.byte(COMMA);
      if (!isAbsent?.(row)) write(out, row);
    }
    out.put(this.#close);
  }
}
