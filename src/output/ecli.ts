import type { Exit } from "../exit/exit.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { pick, tutorialColumns, type Writer } from "./columns.ts";
import { type Format, LINE_FEED, type Look, SPACE } from "./format.ts";
import { localTime, type TimeWriter } from "./time.ts";

const NARROWEST = 6;

/**
 * What `ecli run` prints for the tutorial's package, byte for byte but for the escaping of hostile names: after the time, each
 * heading padded to six and a space behind it; each value at its heading's offset, or after one space where the line is
 * past that, as it always is behind the time. EXIT_CODE is the tutorial's: 0 for a death by signal.
 */
export class Ecli implements Format {
  #cells: { start: number; write: Writer }[] = [];
  #header = "TIME     ";
  #writeTime: TimeWriter;

  constructor({ utcOffset }: Pick<Look, "utcOffset">) {
    this.#writeTime = localTime(utcOffset);
    for (const { heading, write } of pick(tutorialColumns.filter((key) => key !== "time"))) {
      this.#cells.push({ start: this.#header.length, write });
      this.#header += `${heading.padEnd(NARROWEST)} `;
    }
  }

  header(out: ByteWriter): void {
    out.reserve(0);
    out.put(bytesOf(`${this.#header}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    const origin = out.length;
    this.#writeTime(out, exit.died);
    out.byte(SPACE);
    for (const { start, write } of this.#cells) {
      out.tabTo(start, origin);
      write(out, exit);
    }
    out.byte(LINE_FEED);
  }
}
