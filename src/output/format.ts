import type { Exit } from "../exit/exit.ts";
import type { Span } from "../exit/timespec.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { ColumnKey } from "./columns.ts";
import type { TimeForm, UtcOffset } from "./time.ts";

export const formatNames = ["table", "json", "csv", "ecli"] as const;
export type FormatName = (typeof formatNames)[number];

/** What a format is to show and how; each takes what concerns it. */
export interface Look {
  columns: readonly ColumnKey[];
  /** The table's. */
  time: TimeForm;
  /** The table's: what failed stands out. */
  color: boolean;
  /** The table's: the line goes on after its last column with who killed the process. */
  sentence: boolean;
  /** The terminal's width in characters, anew for each batch; 0: lines may be as long as they are. */
  width(): number;
  /** What local times go by. */
  utcOffset?: UtcOffset;
}

/** One way to write exits as lines. Nothing is allocated per exit. */
export interface Format {
  /** What stands above the first line, if anything. */
  header?(out: ByteWriter): void;
  /** Before the lines of a batch. */
  begin?(): void;
  exit(out: ByteWriter, exit: Exit): void;
  /** The line for `count` exits that were lost, where the format has one. */
  lost?(out: ByteWriter, count: number, noticed: Span): void;
}

export const LINE_FEED = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const COMMA = 44;
