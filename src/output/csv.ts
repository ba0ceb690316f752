import type { Exit } from "../exit/exit.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, pick } from "./columns.ts";
import { COMMA, type Format, LINE_FEED, type Look } from "./format.ts";

/** For spreadsheets: RFC 4180 with a header of JSON's keys; lines end in LF. */
export class Csv implements Format {
  #fields;

  constructor({ columns }: Pick<Look, "columns">) {
    this.#fields = pick(columns)
      .flatMap((column: Column) => column.parts ?? [{ ...column, csv: column.csv ?? column.write }])
      .map(({ key, absent, csv }) => ({ key, absent, write: csv }));
  }

  header(out: ByteWriter): void {
    out.reserve(0);
    out.put(bytesOf(`${this.#fields.map(({ key }) => key).join(",")}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    let isFirst = true;
    for (const { absent, write } of this.#fields) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      if (!absent?.(exit)) write(out, exit);
    }
    out.byte(LINE_FEED);
  }
}
