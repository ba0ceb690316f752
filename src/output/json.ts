import type { Exit } from "../enrich/exit.ts";
import type { Span } from "../enrich/span.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, pick } from "./columns.ts";
import { type Format, LINE_BYTES, type Look, QUOTE } from "./format.ts";
import { rfc3339 } from "./time.ts";

const NULL = bytesOf("null");
const OPEN = bytesOf('{"event":"exit"');
const CLOSE = bytesOf("}\n");
const LOST_TIME = bytesOf('{"event":"lost","time":"');
const LOST_COUNT = bytesOf('","count":');

/** For machines: one object a line, keys always in the same order, none left out. */
export class Json implements Format {
  #members;
  #writeTime = rfc3339();

  constructor({ columns }: Pick<Look, "columns">) {
    this.#members = pick(columns).map((column: Column) => ({
      prefix: bytesOf(`,"${column.key}":`),
      absent: column.absent,
      quoted: column.quoted ?? false,
      write: column.json ?? column.write,
    }));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    out.put(OPEN);
    for (const { prefix, absent, quoted, write } of this.#members) {
      out.put(prefix);
      if (absent?.(exit)) {
        out.put(NULL);
      } else {
        if (quoted) out.byte(QUOTE);
        write(out, exit);
        if (quoted) out.byte(QUOTE);
      }
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
}
