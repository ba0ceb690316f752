/** Events as JSON, an object a line: as ecli -j prints them, members in alphabetical order. */
import { type ByteWriter, bytesOf } from "../../output/byte-writer.ts";
import { LINE_FEED } from "../../output/format.ts";
import type { BtfTypes } from "../object/btf.ts";
import type { Shape } from "../exports.ts";
import type { ValueWriter } from "../values/numbers.ts";
import type { Look, Printer } from "./printer.ts";
import { shapeWriter } from "./rows.ts";

const KEY = bytesOf('{"key":');
const VALUE = bytesOf(',"value":');
const CLOSE_BRACE = 0x7d;

export class JsonLines implements Printer {
  #write: ValueWriter;

  constructor(btf: BtfTypes, shape: Shape, look: Look) {
    this.#write = shapeWriter(btf, shape, look);
  }

  event(out: ByteWriter, at: number): void {
    this.#write(out, at);
    out.reserve(1);
    out.byte(LINE_FEED);
  }
}

export class JsonSamples implements Printer {
  #writeKey: ValueWriter;
  #writeValue: ValueWriter;

  constructor(btf: BtfTypes, key: Shape, value: Shape, look: Look) {
    this.#writeKey = shapeWriter(btf, key, look);
    this.#writeValue = shapeWriter(btf, value, look);
  }

  event(out: ByteWriter, at: number, valueAt: number): void {
    out.put(KEY);
    this.#writeKey(out, at);
    out.put(VALUE);
    this.#writeValue(out, valueAt);
    out.reserve(2);
    out.byte(CLOSE_BRACE);
    out.byte(LINE_FEED);
  }
}
