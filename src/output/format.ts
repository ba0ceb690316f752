import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { ColumnKey } from "./columns.ts";
import type { TimeForm, UtcOffset } from "./time.ts";

export const formatNames = ["table", "json", "csv", "ecli"] as const;
export type FormatName = (typeof formatNames)[number];

/** The options of all formats; each format uses those that apply to it. */
export interface FormatOptions {
  columns: readonly ColumnKey[];
  /** The form of times in the table. */
  time: TimeForm;
  /** True if the table colours failures. */
  hasColor: boolean;
  /** True if the table appends the sender of the fatal signal to a line. */
  showKiller: boolean;
  /** Returns the terminal's width in characters; 0: no limit. Called once per batch. */
  width(): number;
  /** Converts local times; by default the engine does. */
  utcOffset?: UtcOffset;
}

/** Writes exits as lines. Nothing is allocated per exit. */
export interface Format {
  /** Writes the header, if the format has one. */
  header?(out: ByteWriter): void;
  /** Called before the lines of a batch. */
  begin?(): void;
  exit(out: ByteWriter, exit: Exit): void;
  /** Writes a line for `count` dropped exits, if the format has such lines. */
  lost?(out: ByteWriter, count: number, noticed: Timespec): void;
}
