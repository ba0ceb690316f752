import type { Exit } from "../exit/exit.ts";
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { createCells } from "./cells.ts";
import { pick, writeKiller } from "./columns.ts";
import type { Format, FormatOptions } from "./format.ts";
import { Row } from "./row.ts";
import { signsOf } from "./signs.ts";
import type { SuppressedExits } from "./suppressed.ts";
import { SuppressedLine } from "./suppressed-line.ts";
import { timeFormat } from "./time.ts";

/** Aligned columns: see Row. */
export class Table implements Format {
  #row: Row;
  #showKiller: boolean;
  #suppressed: SuppressedLine;
  /** The width of the terminal; 0: none. */
  #width = 0;

  constructor(readonly options: FormatOptions) {
    const { columns, time, utcOffset, hasColor, showKiller } = options;
    const cells = createCells(pick(columns), timeFormat(time, utcOffset), options);
    this.#row = new Row(cells, hasColor, signsOf(options).ellipsis);
    this.#showKiller = showKiller;
    this.#suppressed = new SuppressedLine(options);
  }

  header(out: ByteWriter): void {
    this.#row.header(out);
    out.byte(LINE_FEED);
  }

  begin(): void {
    this.#width = this.options.width();
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    this.#row.write(out, exit, this.#width);
    if (this.#showKiller && exit.hasKiller) {
      out.byte(SPACE);
      writeKiller(out, exit);
    }
    out.byte(LINE_FEED);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#suppressed.write(out, exits, this.#width);
    out.byte(LINE_FEED);
  }
}
