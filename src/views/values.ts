/** The values of a row of a summary, in JSON, in CSV and in a table. */
import { COUNT, type Schema } from "../output/columns/column.ts";
import { Timespec } from "../exit/timespec.ts";
import { writeBytes, writeDuration, writeShortDuration } from "../output/units.ts";
import { DOT } from "../text/ascii.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { Tally } from "./tally.ts";

/** A row: some exits, and the CPU time that they are compared with. */
export interface Row {
  tally: Tally;
  /** The time that all CPUs were busy, ns; undefined: unknown. */
  busyNs: number | undefined;
}

type RowWriter = (out: ByteWriter, row: Row) => void;

/** A value in JSON and CSV. */
export interface Value {
  key: string;
  help: string;
  schema: Schema;
  isAbsent?(row: Row): boolean;
  write: RowWriter;
}

/** A column of a table. */
export interface TableColumn {
  heading: string;
  width: number;
  /** Narrow terminals lose the columns with the largest numbers first. */
  dispensable: number;
  /** Returns true if the column has zeros only: a narrow terminal loses it before all others. */
  hasZerosOnly?(total: Tally): boolean;
  isAbsent?(row: Row): boolean;
  write: RowWriter;
}

const MEDIAN = 0.5;
const P99 = 0.99;
const SHARE_DECIMALS = 6;
const PERCENT = 100;

const isEmpty = ({ tally }: Row) => tally.lifetimes.isEmpty;
const isOutcomeUnknown = ({ tally }: Row) => tally.isUnknown(tally.outcomeUnknown);
/** True if there were deaths by signal, and the sender of none was recorded. */
const isKillerUnknown = (row: Row) =>
  isOutcomeUnknown(row) || (row.tally.killed > 0 && row.tally.killerUnknown === row.tally.killed);
const isCpuUnknown = ({ tally }: Row) => tally.isUnknown(tally.cpuUnknown);
const isBusyUnknown = ({ busyNs }: Row) => busyNs === undefined;
const isShareUnknown = (row: Row) => isCpuUnknown(row) || !row.busyNs;
const isRssUnknown = ({ tally }: Row) => tally.maxRss === 0;

/** The share of the CPU time in the time that all CPUs were busy. */
const shareOf = ({ tally, busyNs }: Row) => tally.cpuNs / busyNs!;

const lifetime =
  (share: number): RowWriter =>
  (out, { tally }) =>
    out.integer(tally.lifetimes.quantile(share)!);

/** Writes a number with that many decimals. */
function writeDecimals(out: ByteWriter, value: number, decimals: number): void {
  const scale = 10 ** decimals;
  const scaled = Math.round(value * scale);
  out.integer(Math.floor(scaled / scale));
  out.byte(DOT);
  out.padded(scaled % scale, decimals);
}

export const values: readonly Value[] = [
  {
    key: "exits",
    help: "how many processes ended",
    schema: COUNT,
    write: (out, { tally }) => out.integer(tally.exits),
  },
  {
    key: "failed",
    help: "how many of them exited with a code other than 0",
    schema: COUNT,
    isAbsent: isOutcomeUnknown,
    write: (out, { tally }) => out.integer(tally.failed),
  },
  {
    key: "killed",
    help: "how many of them a signal killed",
    schema: COUNT,
    isAbsent: isOutcomeUnknown,
    write: (out, { tally }) => out.integer(tally.killed),
  },
  {
    key: "oom_killed",
    help: "how many of the killed the OOM killer killed",
    schema: COUNT,
    isAbsent: isKillerUnknown,
    write: (out, { tally }) => out.integer(tally.oomKilled),
  },
  {
    key: "cpu_user_ns",
    help: "the sum of their CPU time in their own code",
    schema: COUNT,
    isAbsent: isCpuUnknown,
    write: (out, { tally }) => out.nanoseconds(tally.cpuUser),
  },
  {
    key: "cpu_system_ns",
    help: "the sum of their CPU time in the kernel",
    schema: COUNT,
    isAbsent: isCpuUnknown,
    write: (out, { tally }) => out.nanoseconds(tally.cpuSystem),
  },
  {
    key: "cpu_unknown",
    help: "how many have no known CPU time, and are in neither sum",
    schema: COUNT,
    write: (out, { tally }) => out.integer(tally.cpuUnknown),
  },
  {
    key: "cpu_share",
    help: "their CPU time, which counts when they end, divided by busy_ns: it may exceed 1",
    schema: { type: "number", minimum: 0 },
    isAbsent: isShareUnknown,
    write: (out, row) => writeDecimals(out, shareOf(row), SHARE_DECIMALS),
  },
  {
    key: "busy_ns",
    help: "how long the machine's CPUs were busy meanwhile, by /proc/stat; null in a replay",
    schema: COUNT,
    isAbsent: isBusyUnknown,
    write: (out, { busyNs }) => out.integer(busyNs!),
  },
  {
    key: "max_rss_bytes",
    help: "the largest peak memory of one of them",
    schema: COUNT,
    isAbsent: isRssUnknown,
    write: (out, { tally }) => out.integer(tally.maxRss),
  },
  {
    key: "duration_median_ns",
    help: "how long they lived: half of them at most that long, within 1/16",
    schema: COUNT,
    isAbsent: isEmpty,
    write: lifetime(MEDIAN),
  },
  {
    key: "duration_p99_ns",
    help: "99 of 100 at most that long, within 1/16",
    schema: COUNT,
    isAbsent: isEmpty,
    write: lifetime(P99),
  },
  {
    key: "duration_max_ns",
    help: "the longest lifetime",
    schema: COUNT,
    isAbsent: isEmpty,
    write: (out, { tally }) => out.nanoseconds(tally.lifetimes.max),
  },
];

const time = new Timespec();

const shortLifetime =
  (share: number): RowWriter =>
  (out, { tally }) =>
    writeShortDuration(out, time.setNs(tally.lifetimes.quantile(share)!));

export const tableColumns: readonly TableColumn[] = [
  { heading: "EXITS", width: 7, dispensable: 0, write: (out, { tally }) => out.integer(tally.exits) },
  {
    heading: "FAILED",
    width: 6,
    dispensable: 0,
    isAbsent: isOutcomeUnknown,
    write: (out, { tally }) => out.integer(tally.failed),
  },
  {
    heading: "KILLED",
    width: 6,
    dispensable: 0,
    isAbsent: isOutcomeUnknown,
    write: (out, { tally }) => out.integer(tally.killed),
  },
  {
    heading: "OOM",
    width: 4,
    dispensable: 0,
    hasZerosOnly: ({ oomKilled }) => oomKilled === 0,
    isAbsent: isKillerUnknown,
    write: (out, { tally }) => out.integer(tally.oomKilled),
  },
  {
    heading: "CPU",
    width: 7,
    dispensable: 0,
    isAbsent: isCpuUnknown,
    write: (out, { tally }) => writeDuration(out, time.setNs(tally.cpuNs)),
  },
  {
    heading: "BUSY%",
    width: 6,
    dispensable: 2,
    isAbsent: isShareUnknown,
    write: (out, row) => writeDecimals(out, PERCENT * shareOf(row), 1),
  },
  { heading: "MEDIAN", width: 7, dispensable: 3, isAbsent: isEmpty, write: shortLifetime(MEDIAN) },
  { heading: "P99", width: 7, dispensable: 4, isAbsent: isEmpty, write: shortLifetime(P99) },
  {
    heading: "MAX",
    width: 7,
    dispensable: 1,
    isAbsent: isEmpty,
    write: (out, { tally }) => writeShortDuration(out, tally.lifetimes.max),
  },
  {
    heading: "MAX_RSS",
    width: 7,
    dispensable: 1,
    isAbsent: isRssUnknown,
    write: (out, { tally: { maxRss } }) => writeBytes(out, Math.floor(maxRss / 2 ** 32), maxRss % 2 ** 32),
  },
];
