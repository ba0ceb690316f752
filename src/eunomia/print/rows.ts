/** Events as lines of a table, byte for byte as ecli 0.2.9 prints them but for the escaping of hostile text. */
import { type ByteWriter, bytesOf } from "../../output/byte-writer.ts";
import { writePlain } from "../../output/escape.ts";
import { LINE_FEED, SPACE } from "../../output/format.ts";
import { Span } from "../../exit/span.ts";
import { localTime, type TimeWriter } from "../../output/time.ts";
import { Decoder } from "../values/decoder.ts";
import type { Shape } from "../exports.ts";
import type { ValueWriter } from "../values/numbers.ts";
import { objectWriter, written } from "../values/objects.ts";
import type { Look, Printer } from "./printer.ts";
import type { BtfTypes } from "../object/btf.ts";

const TIME = "TIME     ";
const NARROWEST = 6;

/** Each heading padded to six, and a space behind it; and where each begins. */
function headings(names: readonly string[]): { header: Uint8Array; starts: number[] } {
  const starts: number[] = [];
  const header = written((out) => {
    out.put(bytesOf(TIME));
    for (const name of names) {
      starts.push(out.length);
      const text = bytesOf(name.replace(/[a-z]/g, (letter) => letter.toUpperCase()));
      writePlain(out, text, 0, text.length);
      out.reserve(NARROWEST);
      while (out.length < starts.at(-1)! + NARROWEST) out.byte(SPACE);
      out.byte(SPACE);
    }
    out.reserve(1);
    out.byte(LINE_FEED);
  });
  return { header, starts };
}

/** What both kinds of rows begin with. */
class Beginning {
  #now = new Span();
  #write: TimeWriter;

  constructor(
    { utcOffset }: Look,
    readonly header: Uint8Array,
  ) {
    this.#write = localTime(utcOffset);
  }

  set(seconds: number): void {
    this.#now.seconds = seconds;
  }

  write(out: ByteWriter): void {
    out.reserve(0);
    this.#write(out, this.#now);
    out.byte(SPACE);
  }
}

/** A line an event: the time, and each member at its heading's place or after one space where the line is past that. */
export class Rows implements Printer {
  #beginning: Beginning;
  #cells: { start: number; write: ValueWriter }[];
  #width: number;

  constructor(btf: BtfTypes, { members, size }: Shape, look: Look) {
    const decoder = new Decoder(btf, look.from);
    const { header, starts } = headings(members.map(({ name }) => name));
    this.#beginning = new Beginning(look, header);
    this.#width = header.length;
    this.#cells = members.map((member, i) => ({ start: starts[i]!, write: decoder.member(member, true, size) }));
  }

  header(out: ByteWriter): void {
    out.put(this.#beginning.header);
  }

  begin(seconds: number): void {
    this.#beginning.set(seconds);
  }

  event(out: ByteWriter, at: number): void {
    const origin = out.length;
    this.#beginning.write(out);
    // headings may be wider than a line's own room
    out.reserve(this.#width);
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      out.tabTo(cell.start, origin);
      cell.write(out, at);
    }
    out.byte(LINE_FEED);
  }
}

/** An object with a shape's members. */
export function shapeWriter(btf: BtfTypes, { members, size }: Shape, { from }: Look): ValueWriter {
  const decoder = new Decoder(btf, from);
  return objectWriter(members.map((member) => ({ name: member.name, write: decoder.member(member, false, size) })));
}

/** A line a sample: the time, the key, the value, both as JSON. */
export class SampleRows implements Printer {
  #beginning: Beginning;
  #writeKey: ValueWriter;
  #writeValue: ValueWriter;

  constructor(btf: BtfTypes, key: Shape, value: Shape, look: Look) {
    const names = [...key.members, ...value.members].map(({ name }) => name);
    this.#beginning = new Beginning(look, headings(names).header);
    this.#writeKey = shapeWriter(btf, key, look);
    this.#writeValue = shapeWriter(btf, value, look);
  }

  header(out: ByteWriter): void {
    out.put(this.#beginning.header);
  }

  begin(seconds: number): void {
    this.#beginning.set(seconds);
  }

  event(out: ByteWriter, at: number, valueAt: number): void {
    this.#beginning.write(out);
    this.#writeKey(out, at);
    out.reserve(1);
    out.byte(SPACE);
    this.#writeValue(out, valueAt);
    out.reserve(1);
    out.byte(LINE_FEED);
  }
}
