import type { Exit } from "../enrich/exit.ts";
import type { Span } from "../enrich/span.ts";
import type { ByteWriter } from "./byte-writer.ts";

export const formatNames = ["table", "json", "csv", "ecli"] as const;
export type FormatName = (typeof formatNames)[number];

/** One way to write exits as lines. Nothing is allocated per exit. */
export interface Format {
  /** What stands above the first line, if anything. */
  header?(out: ByteWriter): void;
  exit(out: ByteWriter, exit: Exit): void;
  /** The line for `count` exits that were lost, where the format has one. */
  lost?(out: ByteWriter, count: number, noticed: Span): void;
}

/** More than a line takes without the names in it, which reserve their own room. */
export const LINE_BYTES = 1024;

export const LINE_FEED = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const COMMA = 44;
