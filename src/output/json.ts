import type { Exit } from "../exit/exit.ts";
import type { Span } from "../exit/timespec.ts";
import { type ByteWriter, Constant } from "./byte-writer.ts";
import { type Column, pick } from "./columns.ts";
import { type Format, type Look, QUOTE } from "./format.ts";
import { rfc3339 } from "./time.ts";

const OPEN = '{"event":"exit"';
const CLOSE = new Constant("}\n");
const LOST_TIME = new Constant('{"event":"lost","time":"');
const LOST_COUNT = new Constant('","count":');

/** For machines: one object a line, keys always in the same order, none left out. */
export class Json implements Format {
  #members;
  #writeTime = rfc3339();

  constructor({ columns }: Pick<Look, "columns">) {
    this.#members = pick(columns).map((column: Column, i) => {
      const key = `${i === 0 ? OPEN : ""},"${column.key}":`;
      return {
        before: new Constant(`${key}${column.quoted ? '"' : ""}`),
        nothing: new Constant(`${key}null`),
        absent: column.absent,
        quoted: column.quoted ?? false,
        write: column.json ?? column.write,
      };
    });
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    const members = this.#members;
    for (let i = 0; i < members.length; i++) {
      const { before, nothing, absent, quoted, write } = members[i]!;
      if (absent?.(exit)) {
        out.constant(nothing);
      } else {
        out.constant(before);
        write(out, exit);
        if (quoted) out.byte(QUOTE);
      }
    }
    out.constant(CLOSE);
  }

  lost(out: ByteWriter, count: number, noticed: Span): void {
    out.reserve(0);
    out.constant(LOST_TIME);
    this.#writeTime(out, noticed);
    out.constant(LOST_COUNT);
    out.integer(count);
    out.constant(CLOSE);
  }
}
