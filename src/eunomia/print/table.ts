/**
 * Prints events as a table, with the same bytes as ecli 0.2.9 except that control characters are
 * escaped.
 */
import { Timespec } from "../../exit/timespec.ts";
import { localTime, type TimeWriter } from "../../output/time.ts";
import { LINE_FEED, SPACE } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writePlain } from "../../text/escape.ts";
import type { ValueLayout } from "../event-sources.ts";
import type { BtfTypes } from "../object/btf.ts";
import { Decoder } from "../values/decoder.ts";
import type { ValueWriter } from "../values/numbers.ts";
import { objectWriter, renderBytes } from "../values/objects.ts";
import type { PrinterContext, Printer } from "./printer.ts";

const TIME = "TIME     ";
const MIN_WIDTH = 6;

/** Returns the line of headings, each padded to six and a space, and where each begins. */
function headings(names: readonly string[]): { header: Uint8Array; starts: number[] } {
  const starts: number[] = [];
  const header = renderBytes((out) => {
    out.put(bytesOf(TIME));
    for (const name of names) {
      starts.push(out.length);
      const text = bytesOf(name.replace(/[a-z]/g, (letter) => letter.toUpperCase()));
      writePlain(out, text, 0, text.length);
      out.reserve(MIN_WIDTH);
      while (out.length < starts.at(-1)! + MIN_WIDTH) out.byte(SPACE);
      out.byte(SPACE);
    }
    out.reserve(1);
    out.byte(LINE_FEED);
  });
  return { header, starts };
}

/** The heading, and the time at the beginning of each line. */
class TimedPrinter {
  #now = new Timespec();
  #writeTime: TimeWriter;

  constructor(
    { utcOffset }: PrinterContext,
    protected readonly header: Uint8Array,
  ) {
    this.#writeTime = localTime(utcOffset);
  }

  writeHeader(out: ByteWriter): void {
    out.put(this.header);
  }

  setTime(seconds: number): void {
    this.#now.seconds = seconds;
  }

  protected writeTime(out: ByteWriter): void {
    out.reserve(0);
    this.#writeTime(out, this.#now);
    out.byte(SPACE);
  }
}

/**
 * Prints one line per event: each member below its heading, or after a space if the line is already
 * longer.
 */
export class TablePrinter extends TimedPrinter implements Printer {
  #cells: { start: number; write: ValueWriter }[];

  constructor(btf: BtfTypes, { members, size }: ValueLayout, context: PrinterContext) {
    const { header, starts } = headings(members.map(({ name }) => name));
    super(context, header);
    const decoder = new Decoder(btf, context.from);
    this.#cells = members.map((member, i) => ({ start: starts[i]!, write: decoder.member(member, true, size) }));
  }

  write(out: ByteWriter, at: number): void {
    const origin = out.length;
    this.writeTime(out);
    // headings can be wider than the room that the writer reserves for a line
    out.reserve(this.header.length);
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      out.tabTo(cell.start, origin);
      cell.write(out, at);
    }
    out.byte(LINE_FEED);
  }
}

/** Returns a writer of a JSON object with the members of the layout. */
export function layoutWriter(btf: BtfTypes, { members, size }: ValueLayout, { from }: PrinterContext): ValueWriter {
  const decoder = new Decoder(btf, from);
  return objectWriter(members.map((member) => ({ name: member.name, write: decoder.member(member, false, size) })));
}

/** Prints one line per sample: the time, then the key and the value as JSON. */
export class SampleTablePrinter extends TimedPrinter implements Printer {
  #writeKey: ValueWriter;
  #writeValue: ValueWriter;

  constructor(btf: BtfTypes, key: ValueLayout, value: ValueLayout, context: PrinterContext) {
    const names = [...key.members, ...value.members].map(({ name }) => name);
    super(context, headings(names).header);
    this.#writeKey = layoutWriter(btf, key, context);
    this.#writeValue = layoutWriter(btf, value, context);
  }

  write(out: ByteWriter, at: number, valueAt: number): void {
    this.writeTime(out);
    this.#writeKey(out, at);
    out.reserve(1);
    out.byte(SPACE);
    this.#writeValue(out, valueAt);
    out.reserve(1);
    out.byte(LINE_FEED);
  }
}
