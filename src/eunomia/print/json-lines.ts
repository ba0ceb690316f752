/** Prints events as JSON, one object per line, with members in alphabetical order as ecli -j. */
import { CLOSE_BRACE, LINE_FEED } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import type { ValueLayout } from "../event-sources.ts";
import type { BtfTypes } from "../object/btf.ts";
import type { ValueWriter } from "../values/numbers.ts";
import type { PrinterContext, Printer } from "./printer.ts";
import { layoutWriter } from "./table.ts";

const KEY = bytesOf('{"key":');
const VALUE = bytesOf(',"value":');

export class JsonPrinter implements Printer {
  #write: ValueWriter;

  constructor(btf: BtfTypes, layout: ValueLayout, context: PrinterContext) {
    this.#write = layoutWriter(btf, layout, context);
  }

  write(out: ByteWriter, at: number): void {
    this.#write(out, at);
    out.reserve(1);
    out.byte(LINE_FEED);
  }
}

export class JsonSamplePrinter implements Printer {
  #writeKey: ValueWriter;
  #writeValue: ValueWriter;

  constructor(btf: BtfTypes, key: ValueLayout, value: ValueLayout, context: PrinterContext) {
    this.#writeKey = layoutWriter(btf, key, context);
    this.#writeValue = layoutWriter(btf, value, context);
  }

  write(out: ByteWriter, at: number, valueAt: number): void {
    out.put(KEY);
    this.#writeKey(out, at);
    out.put(VALUE);
    this.#writeValue(out, valueAt);
    out.reserve(2);
    out.byte(CLOSE_BRACE);
    out.byte(LINE_FEED);
  }
}
