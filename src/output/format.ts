import type { Exit } from "../enrich/exit.ts";
import type { Span } from "../enrich/span.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import type { Column } from "./columns.ts";
import { writePlain } from "./escape.ts";
import type { TimeWriter } from "./time.ts";

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
export const TRUE = bytesOf("true");
export const FALSE = bytesOf("false");

/** A column's value as plain text, harmless to terminals; `writeTime` writes the time column. */
export function writePlainValue(out: ByteWriter, column: Column, exit: Exit, writeTime: TimeWriter): void {
  switch (column.type) {
    case "time":
      return writeTime(out, exit.died);
    case "number":
      return column.write(out, exit);
    case "bool":
      return out.put(column.value(exit) ? TRUE : FALSE);
    case "word":
      return out.put(column.word(exit));
    case "name": {
      const { record } = exit;
      const start = column.start(exit);
      return writePlain(out, record.bytes, start, record.nameEnd(start));
    }
  }
}
