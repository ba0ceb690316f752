/** Turns the events of one map into text. */
import type { UtcOffset } from "../../output/time.ts";
import type { ByteWriter } from "../../text/byte-writer.ts";
import type { Bytes } from "../values/decoder.ts";

export interface Printer {
  /** Writes a heading above the first event, for formats that have one. */
  writeHeader?(out: ByteWriter): void;
  /** Sets the time of the next events, which contain none. @param seconds since 1970 */
  setTime?(seconds: number): void;
  /**
   * Writes one event.
   * @param at the offset of the event, or of a sample's key.
   * @param valueAt the offset of a sample's value.
   */
  write(out: ByteWriter, at: number, valueAt: number): void;
}

export interface PrinterContext {
  /** The buffer that the offsets refer to. */
  from: Bytes;
  utcOffset: UtcOffset;
}
