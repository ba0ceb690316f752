import type { Exit } from "../enrich/exit.ts";
import type { Span } from "../enrich/span.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, columns } from "./columns.ts";
import { writeJson } from "./escape.ts";
import { FALSE, type Format, LINE_BYTES, TRUE } from "./format.ts";
import { rfc3339 } from "./time.ts";

const QUOTE = 34;
const NULL = bytesOf("null");
const OPEN = bytesOf('{"event":"exit"');
const CLOSE = bytesOf("}\n");
const LOST_TIME = bytesOf('{"event":"lost","time":"');
const LOST_COUNT = bytesOf('","count":');

/** For machines: one object a line, keys always in the same order, none left out. */
export class Json implements Format {
  #columns = columns.map((column: Column) => ({ column, prefix: bytesOf(`,"${column.key}":`) }));
  #writeTime = rfc3339();

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    out.put(OPEN);
    for (const { column, prefix } of this.#columns) {
      out.put(prefix);
      if (column.absent?.(exit)) out.put(NULL);
      else this.#value(out, column, exit);
    }
    out.put(CLOSE);
  }

  lost(out: ByteWriter, count: number, noticed: Span): void {
    out.reserve(LINE_BYTES);
    out.put(LOST_TIME);
    this.#writeTime(out, noticed);
    out.put(LOST_COUNT);
    out.integer(count);
    out.put(CLOSE);
  }

  #value(out: ByteWriter, column: Column, exit: Exit): void {
    switch (column.type) {
      case "time":
        out.byte(QUOTE);
        this.#writeTime(out, exit.died);
        return out.byte(QUOTE);
      case "number":
        return column.write(out, exit);
      case "bool":
        return out.put(column.value(exit) ? TRUE : FALSE);
      case "word":
        out.byte(QUOTE);
        out.put(column.word(exit));
        return out.byte(QUOTE);
      case "name": {
        const start = column.start(exit);
        return writeJson(out, exit.record.bytes, start, exit.record.nameEnd(start));
      }
    }
  }
}
