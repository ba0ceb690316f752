import type { Timespec } from "../exit/timespec.ts";
import { Json } from "../output/json.ts";
import { rfc3339 } from "../output/time.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { escapeText, writeJson } from "../text/escape.ts";
import { rowsOf, type SummaryRow } from "./summary-rows.ts";
import type { SummaryKey } from "./keys.ts";
import type { Period, SummaryData, SummaryOptions, SummaryWriter } from "./summary-data.ts";
import { values } from "./values.ts";

const NULL = bytesOf("null");

/** JSON lines: an object for each row. */
export class SummaryJson implements SummaryWriter {
  readonly #json: Json;
  readonly #writeTime = rfc3339();
  readonly #writeFrom = rfc3339();
  readonly #close: Uint8Array;

  constructor(
    readonly keys: readonly SummaryKey[],
    readonly options: Pick<SummaryOptions, "label" | "isWide">,
  ) {
    const { label } = options;
    this.#json = new Json({ columns: [], label });
    this.#close = bytesOf(`${label === undefined ? "" : `,"label":${escapeText(label, writeJson)}`}}\n`);
  }

  lost(out: ByteWriter, count: number, noticed: Timespec): void {
    this.#json.lost(out, count, noticed);
  }

  write(out: ByteWriter, data: SummaryData): void {
    for (const row of rowsOf(data)) this.#row(out, row, data.period);
  }

  #row(out: ByteWriter, row: SummaryRow, { from, to, isUnknown }: Period): void {
    const { kind, parts, isComplete } = row;
    out.put(bytesOf('{"event":"summary","time":'));
    if (isUnknown) {
      out.put(bytesOf('null,"from":null'));
    } else {
      out.put(bytesOf('"'));
      this.#writeTime(out, to);
      out.put(bytesOf('","from":"'));
      this.#writeFrom(out, from);
      out.put(bytesOf('"'));
    }
    out.put(bytesOf(`,"row":"${kind}","complete":${isComplete}`));
    this.keys.forEach(({ fields }, i) => {
      for (const { key, isAbsent, json } of fields) {
        out.put(bytesOf(`,"${key}":`));
        const part = parts[i];
        if (!part?.hasValue || isAbsent?.(part)) out.put(NULL);
        else json(out, part);
      }
    });
    for (const { key, isAbsent, write } of values) {
      out.put(bytesOf(`,"${key}":`));
      if (isAbsent?.(row)) out.put(NULL);
      else write(out, row);
    }
    if (this.options.isWide) {
      const ranges = row.tally.lifetimes.powersOfTwo().map(({ from: first, to: last, count }) => ({
        from_us: first,
        to_us: last,
        count,
      }));
      out.put(bytesOf(`,"duration_histogram":${JSON.stringify(ranges)}`));
    }
    out.put(this.#close);
  }
}
