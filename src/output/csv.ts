import type { Exit } from "../enrich/exit.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, columns } from "./columns.ts";
import { writeCsv } from "./escape.ts";
import { type Format, LINE_BYTES, LINE_FEED, writePlainValue } from "./format.ts";
import { rfc3339 } from "./time.ts";

const COMMA = 44;

/** For spreadsheets: RFC 4180 with a header of JSON's keys; lines end in LF. */
export class Csv implements Format {
  #columns: readonly Column[] = columns;
  #writeTime = rfc3339();

  header(out: ByteWriter): void {
    out.reserve(LINE_BYTES);
    out.put(bytesOf(`${this.#columns.map(({ key }) => key).join(",")}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    let isFirst = true;
    for (const column of this.#columns) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      if (column.absent?.(exit)) continue;
      if (column.type === "name") {
        const start = column.start(exit);
        writeCsv(out, exit.record.bytes, start, exit.record.nameEnd(start));
      } else {
        writePlainValue(out, column, exit, this.#writeTime);
      }
    }
    out.byte(LINE_FEED);
  }
}
