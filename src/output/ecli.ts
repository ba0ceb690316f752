import type { Exit } from "../enrich/exit.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { type Column, pick, tutorialColumns } from "./columns.ts";
import { type Format, LINE_BYTES, LINE_FEED, SPACE, writePlainValue } from "./format.ts";
import { timeWriter } from "./time.ts";

const NARROWEST = 6;

/**
 * What `ecli run` prints for the tutorial's package, byte for byte but for the escaping of hostile names: each heading padded to
 * six and a space behind it; each value at its heading's offset, or after one space where the line is past that.
 * The time has two spaces behind it in the header and takes a column more than that in the rows, as there.
 */
export class Ecli implements Format {
  #cells: { column: Column; offset: number }[] = [];
  #header = "";
  #writeTime = timeWriter("local")!.write;

  constructor() {
    for (const column of pick(tutorialColumns)) {
      const isTime = column.type === "time";
      this.#cells.push({ column, offset: this.#header.length });
      this.#header += isTime ? `${column.heading.padEnd(8)} ` : `${column.heading.padEnd(NARROWEST)} `;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(LINE_BYTES);
    out.put(bytesOf(`${this.#header}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(LINE_BYTES);
    const start = out.length;
    for (const { column, offset } of this.#cells) {
      out.tabTo(offset, start);
      if (column.ecli) column.ecli(out, exit);
      else writePlainValue(out, column, exit, this.#writeTime);
      if (column.type === "time") out.byte(SPACE);
    }
    out.byte(LINE_FEED);
  }
}
