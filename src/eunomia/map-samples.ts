import type { UtcOffset } from "../output/time.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { EventSource } from "./event-sources.ts";
import type { BtfTypes } from "./object/btf.ts";
import { createPrinter } from "./print/create-printer.ts";
import type { Printer } from "./print/printer.ts";

const BATCH_BYTES = 64 * 1024;

/**
 * Reads all entries of a map once per interval, in batches: first(), then next() until it returns
 * 0; write() prints one entry of a batch.
 */
export class MapSampler {
  readonly printer: Printer;
  #bytes: Uint8Array;
  #key: Uint8Array;
  #stride: number;
  #dueTime = 0;
  #remaining = 0;

  constructor(
    btf: BtfTypes,
    readonly source: EventSource & { kind: "sample" },
    isJson: boolean,
    utcOffset: UtcOffset,
  ) {
    const { map } = source;
    this.#stride = map.keySize + map.valueSize;
    this.#bytes = new Uint8Array(Math.max(BATCH_BYTES, this.#stride));
    this.#key = new Uint8Array(map.keySize);
    const from = { bytes: this.#bytes, view: new DataView(this.#bytes.buffer) };
    this.printer = createPrinter(btf, source, isJson, { from, utcOffset });
  }

  /** The time until the next sample, ms. */
  get msUntilDue(): number {
    return Math.max(0, Math.ceil(this.#dueTime - performance.now()));
  }

  /** Reads the first batch. Returns its number of entries. */
  first(): number {
    const { map, sample } = this.source;
    this.#dueTime = performance.now() + Math.max(1, sample.interval);
    // concurrent inserts and deletes could make the iteration endless
    this.#remaining = 2 * map.maxEntries;
    return map.read(this.#key, true, this.#bytes);
  }

  /** Reads the next batch. Returns its number of entries; 0 at the end. */
  next(): number {
    this.#remaining -= Math.floor(this.#bytes.length / this.#stride);
    return this.#remaining > 0 ? this.source.map.read(this.#key, false, this.#bytes) : 0;
  }

  /** Prints the entry at `index` of the batch. */
  write(out: ByteWriter, index: number): void {
    const at = index * this.#stride;
    this.printer.write(out, at, at + this.source.map.keySize);
  }

  /** Clears the map if the package says so. */
  end(): void {
    if (this.source.sample.clear_map) this.source.map.clear();
  }
}
