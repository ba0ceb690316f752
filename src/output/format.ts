import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { ColumnKey } from "./columns.ts";
import type { SuppressedExits } from "./suppressed.ts";
import type { TimeForm, UtcOffset } from "./time.ts";

/** The values of --format. */
export const formatNames = ["table", "wide", "json", "csv", "ecli", "otlp", "trace", "html"] as const;
export type FormatName = (typeof formatNames)[number];

/**
 * How exits are written. `people` is the table's form on a terminal, `blocks` has several lines an
 * exit.
 */
export type Layout = "people" | "table" | "blocks" | "json" | "csv" | "ecli" | "otlp" | "trace" | "html";

/** Returns true for formats whose output is one document, which nothing can be appended to. */
export function isDocument(layout: Layout | FormatName): boolean {
  return layout === "trace" || layout === "html";
}

/** The program that recorded exits, and its machine. */
export interface Source {
  version: string;
  /** The machine; all undefined for a recording, which may be from another one. */
  name?: string;
  id?: string | undefined;
  arch?: string;
}

/** The options of all formats; each format uses those that apply to it. */
export interface FormatOptions {
  columns: readonly ColumnKey[];
  /** The form of times in the table. */
  time: TimeForm;
  /** True if the table colours failures. */
  hasColor: boolean;
  /** True if the table appends the sender of the fatal signal to a line. */
  showKiller: boolean;
  /** True if the sender of the fatal signal is shown in full. */
  showSender?: boolean;
  /** True if the crash site follows the killer in the table for people. */
  showCrash?: boolean;
  /** True for the table of --wide, whose values of KILLED_BY begin with these words. */
  isWide?: boolean;
  /** True if a header is written; on a terminal again after each screenful. */
  hasHeader?: boolean;
  /** False: the table uses ASCII for its own signs. The default is true. */
  isUtf8?: boolean;
  /** True if lines are exits of threads: COMM is the thread's name then. */
  withThreads?: boolean;
  /** The text of --label, which each line has. */
  label?: string | undefined;
  /** Returns the terminal's width in characters; 0: no limit. Called once per batch. */
  width(): number;
  /** Returns the terminal's height in lines; 0: unknown. Called once per batch. */
  height?(): number;
  /**
   * Returns a function that decides for which exits a column has no value though the column has one
   * by its own rules: a recording lacks the columns that were not recorded.
   */
  lacks?: ((key: ColumnKey) => (exit: Exit) => boolean) | undefined;
  /** The program and the machine that the exits are from, for otlp; undefined: unknown. */
  source?: Source | undefined;
  /** Converts local times; by default the engine does. */
  utcOffset?: UtcOffset;
}

/** A time in which no tracer ran. */
export interface TracingGap {
  from: Timespec;
  to: Timespec;
}

/** Writes exits as lines. Nothing is allocated per exit. */
export interface Format {
  /**
   * True if an exit may have several lines, or other lines between them. Then the last
   * line of an exit is the only one that does not end with a space: see exit-lines.ts.
   */
  readonly spansLines?: boolean;
  /** Writes the header, if the format has one. */
  header?(out: ByteWriter): void;
  /** Called before the lines of a batch. */
  begin?(): void;
  exit(out: ByteWriter, exit: Exit): void;
  /** Writes a line for `count` dropped exits, if the format has such lines. */
  lost?(out: ByteWriter, count: number, noticed: Timespec): void;
  /** Writes a line for exits that --limit did not print, if the format has such lines. */
  suppressed?(out: ByteWriter, exits: SuppressedExits): void;
  /** Writes a line for a time without a tracer, if the format has such lines. */
  gap?(out: ByteWriter, gap: TracingGap): void;
  /** Writes the end, once all exits are written, if the format has one. */
  footer?(out: ByteWriter): void;
}
