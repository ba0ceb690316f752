import type { Exit } from "../exit/exit.ts";
import { COMMA } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { escapeText } from "../text/escape.ts";
import { type Column, pickFor } from "./columns.ts";
import { writeCsv } from "./csv-text.ts";
import { type Format, type FormatOptions } from "./format.ts";
import { absentIfLacking } from "./lacking.ts";

/** CSV as in RFC 4180, with a header of JSON's keys; lines end in LF. */
export class Csv implements Format {
  #fields;
  #heading: string;
  /** The end of a line, with the label. */
  #close: Uint8Array;

  constructor(options: Pick<FormatOptions, "columns" | "label" | "showSender" | "lacks">) {
    const { label } = options;
    this.#fields = absentIfLacking(pickFor(options), options)
      .flatMap((column: Column) => column.parts ?? [{ ...column, csv: column.csv ?? column.write }])
      .map(({ key, isAbsent, csv }) => ({ key, isAbsent, write: csv }));
    const keys = this.#fields.map(({ key }) => key);
    this.#heading = `${[...keys, ...(label === undefined ? [] : ["label"])].join(",")}\n`;
    this.#close = bytesOf(label === undefined ? "\n" : `,${escapeText(label, writeCsv)}\n`);
  }

  header(out: ByteWriter): void {
    out.put(bytesOf(this.#heading));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    let isFirst = true;
    for (const { isAbsent, write } of this.#fields) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      if (!isAbsent?.(exit)) write(out, exit);
    }
    out.put(this.#close);
  }
}
