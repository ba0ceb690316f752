/** The types that the writers of summaries share. */
import type { Timespec } from "../exit/timespec.ts";
import type { FormatOptions } from "../output/index.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { Aggregate } from "./aggregates.ts";
import type { SummaryKey, SummaryKeyName } from "./keys.ts";
import type { LacksColumn } from "./lacks.ts";
import type { SummaryOrder } from "./order.ts";
import type { Tally } from "./tally.ts";

/** The forms of a summary. */
export const summaryLayouts = ["table", "json", "csv"] as const;
export type SummaryLayout = (typeof summaryLayouts)[number];

export interface SummaryOptions extends Pick<
  FormatOptions,
  "time" | "hasColor" | "hasHeader" | "isUtf8" | "label" | "width" | "height" | "utcOffset"
> {
  /** The keys by which exits are grouped, at least one. */
  by: readonly SummaryKeyName[];
  /** True if distributions of lifetimes are written. */
  isWide: boolean;
  /** The default is exits. */
  sort?: SummaryOrder;
  /** False: the table does not begin with the time that it covers. */
  hasPeriod?: boolean;
  /** Tells which columns replayed exits lack; undefined: exits have all. */
  lacks?: LacksColumn | undefined;
  /** Returns how many keys the table shows; by default as many as a terminal has lines for. */
  maxRows?(): number;
}

/** The time that a summary covers. */
export interface Period {
  from: Timespec;
  to: Timespec;
  /** True if `from` and `to` are unknown: no exit of a recording has a time. */
  isUnknown?: boolean;
  /** The time that all CPUs were busy, ns; undefined: unknown, or the exits are replayed. */
  busyNs: number | undefined;
}

/** The contents of a summary. */
export interface SummaryData {
  keys: readonly SummaryKey[];
  /** Sorted. */
  aggregates: readonly Aggregate[];
  /** The exits of keys that found no room; undefined: there are none. */
  other: Tally | undefined;
  /** All exits. */
  total: Tally;
  period: Period;
}

/** The kinds of rows: the exits with one key, those of keys without room, all exits. */
export const rowKinds = ["key", "other", "total"] as const;
export type RowKind = (typeof rowKinds)[number];

/** Writes a summary. It sanitizes what processes chose, as the formats of exits do. */
export interface SummaryWriter {
  /** Writes the header of a file. */
  header?(out: ByteWriter): void;
  /** Writes a line about lost exits. */
  lost?(out: ByteWriter, count: number, noticed: Timespec): void;
  write(out: ByteWriter, data: SummaryData): void;
}
