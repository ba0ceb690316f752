import type { BtfTypes } from "./object/btf.ts";
import type { Export } from "./exports.ts";
import type { Printer } from "./print/printer.ts";
import { printerOf } from "./print/printers.ts";
import type { ByteWriter } from "../output/index.ts";
import type { UtcOffset } from "../output/time.ts";

const BATCH_BYTES = 64 * 1024;

/** A map that is looked through once an interval: first(), next() until there are no more, write() for each. */
export class MapSamples {
  readonly printer: Printer;
  #bytes: Uint8Array;
  #key: Uint8Array;
  #stride: number;
  #dueAt = 0;
  #left = 0;

  constructor(
    btf: BtfTypes,
    readonly what: Export & { kind: "sample" },
    isJson: boolean,
    utcOffset: UtcOffset,
  ) {
    const { map } = what;
    this.#stride = map.keySize + map.valueSize;
    this.#bytes = new Uint8Array(Math.max(BATCH_BYTES, this.#stride));
    this.#key = new Uint8Array(map.keySize);
    const from = { bytes: this.#bytes, view: new DataView(this.#bytes.buffer) };
    this.printer = printerOf(btf, what, isJson, { from, utcOffset });
  }

  /** ms until it is due. */
  get patience(): number {
    return Math.max(0, Math.ceil(this.#dueAt - performance.now()));
  }

  /** Begins to look through it. Returns how many there are to be written. */
  first(): number {
    const { map, sample } = this.what;
    this.#dueAt = performance.now() + Math.max(1, sample.interval);
    // keys that come and go could keep us here for ever
    this.#left = 2 * map.maxEntries;
    return map.read(this.#key, true, this.#bytes);
  }

  next(): number {
    this.#left -= Math.floor(this.#bytes.length / this.#stride);
    return this.#left > 0 ? this.what.map.read(this.#key, false, this.#bytes) : 0;
  }

  /** Writes one of them. */
  write(out: ByteWriter, index: number): void {
    const at = index * this.#stride;
    this.printer.event(out, at, at + this.what.map.keySize);
  }

  end(): void {
    if (this.what.sample.clear_map) this.what.map.clear();
  }
}
