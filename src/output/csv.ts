import type { Exit } from "../exit/exit.ts";
import { COMMA, LINE_FEED } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { type Column, pick } from "./columns.ts";
import { type Format, type FormatOptions } from "./format.ts";

/** CSV as in RFC 4180, with a header of JSON's keys; lines end in LF. */
export class Csv implements Format {
  #fields;

  constructor({ columns }: Pick<FormatOptions, "columns">) {
    this.#fields = pick(columns)
      .flatMap((column: Column) => column.parts ?? [{ ...column, csv: column.csv ?? column.write }])
      .map(({ key, isAbsent, csv }) => ({ key, isAbsent, write: csv }));
  }

  header(out: ByteWriter): void {
    out.put(bytesOf(`${this.#fields.map(({ key }) => key).join(",")}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    let isFirst = true;
    for (const { isAbsent, write } of this.#fields) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      if (!isAbsent?.(exit)) write(out, exit);
    }
    out.byte(LINE_FEED);
  }
}
