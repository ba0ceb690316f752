/** How the events of one map become text. */
import type { ByteWriter } from "../../output/byte-writer.ts";
import type { UtcOffset } from "../../output/time.ts";
import type { Bytes } from "../values/decoder.ts";

export interface Printer {
  /** What stands above its first line, if anything. */
  header?(out: ByteWriter): void;
  /** Before the lines of a batch. @param seconds since 1970: an event does not say when it was. */
  begin?(seconds: number): void;
  /** @param at where the event lies; in samples its key. @param valueAt where a sample's value does. */
  event(out: ByteWriter, at: number, valueAt: number): void;
}

/** What printers are made with. */
export interface Look {
  from: Bytes;
  utcOffset: UtcOffset;
}
