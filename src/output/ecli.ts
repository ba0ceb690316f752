import type { Exit } from "../exit/exit.ts";
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { type ColumnKey, pick, tutorialColumns, type Writer } from "./columns.ts";
import { type Format, type FormatOptions } from "./format.ts";
import { lacking, lackingInTable } from "./lacking.ts";
import type { SuppressedExits } from "./suppressed.ts";
import { SuppressedLine } from "./suppressed-line.ts";
import { localTime, type TimeWriter } from "./time.ts";

const MIN_HEADING = 6;

/**
 * The output of `ecli run` for the tutorial's package, except that unsafe names are escaped. Each
 * heading is padded to six characters and followed by a space. A value begins where its heading
 * does, or after one space if the line is already longer. EXIT_CODE is 0 for a death by signal.
 */
export class Ecli implements Format {
  #cells: { start: number; isLacking: (exit: Exit) => boolean; write: Writer }[] = [];
  #header = "TIME     ";
  #writeTime: TimeWriter;

  #lacksTime: (exit: Exit) => boolean;
  readonly #suppressed = new SuppressedLine({});

  constructor(options: Pick<FormatOptions, "utcOffset" | "lacks">) {
    this.#writeTime = localTime(options.utcOffset);
    this.#lacksTime = lacking(options, "time");
    for (const { key, heading, write } of pick(tutorialColumns.filter((key) => key !== "time"))) {
      this.#cells.push({ start: this.#header.length, isLacking: lackingInTable(options, key as ColumnKey), write });
      this.#header += `${heading.padEnd(MIN_HEADING)} `;
    }
  }

  header(out: ByteWriter): void {
    out.put(bytesOf(`${this.#header}\n`));
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    const origin = out.length;
    if (!this.#lacksTime(exit)) this.#writeTime(out, exit.exitTime);
    out.byte(SPACE);
    for (const { start, isLacking, write } of this.#cells) {
      out.tabTo(start, origin);
      if (!isLacking(exit)) write(out, exit);
    }
    out.byte(LINE_FEED);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#suppressed.write(out, exits, 0);
    out.byte(LINE_FEED);
  }
}
