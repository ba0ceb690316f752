import type { Exit } from "../enrich/exit.ts";
import { signalNames } from "../record/signals.ts";
import { coreDumped, exitCode, termSignal } from "../record/status.ts";
import type { RecordView } from "../record/view.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";
import { writeCsv, writeJson, writePlain } from "./escape.ts";
import { rfc3339 } from "./time.ts";

export type Writer = (out: ByteWriter, exit: Exit) => void;

/** One column of every format: the only place that knows its names, its width, and how its value is written. */
export interface Column {
  /** JSON's key and CSV's heading. */
  key: string;
  /** The table's heading. */
  heading: string;
  /** The table's width, in characters; wider values push the rest of their line. */
  width: number;
  /** Numbers whose size is compared at a glance stand at the right. */
  right?: boolean;
  /** The bare value, harmless to terminals and parsers; what stands around it is the format's. */
  write: Writer;
  /** Where it is true, JSON says null and CSV nothing. */
  absent?(exit: Exit): boolean;
  /** JSON puts it in quotes. */
  quoted?: boolean;
  /** What a format writes instead, where its rules differ. */
  json?: Writer;
  csv?: Writer;
  table?: Writer;
}

const CORE = bytesOf("+core");
const TRUE = bytesOf("true");
const FALSE = bytesOf("false");

const writeTime = rfc3339();
const isKilled = (exit: Exit) => termSignal(exit.record.status) !== 0;
const writeExitCode: Writer = (out, { record }) => out.integer(exitCode(record.status));

/** The code, or the signal by its name: `0`, `137`, `SIGKILL`, `SIGSEGV+core`. */
const writeVerdict: Writer = (out, { record }) => {
  const { status } = record;
  const signal = termSignal(status);
  if (signal === 0) {
    out.integer(exitCode(status));
  } else {
    out.put(signalNames[signal]!);
    if (coreDumped(status)) out.put(CORE);
  }
};

/** Text that a process chose, beginning at `start` in the record's bytes: each format has its own escapes. */
function name(start: (record: RecordView) => number) {
  type Escape = typeof writePlain;
  const write = (escape: Escape): Writer => {
    return (out, { record }) => escape(out, record.bytes, start(record), record.nameEnd(start(record)));
  };
  return { write: write(writePlain), json: write(writeJson), csv: write(writeCsv) };
}

/** All columns, in the order of JSON's keys. */
export const columns = [
  { key: "time", heading: "TIME", width: 30, quoted: true, write: (out, { died }) => writeTime(out, died) },
  { key: "pid", heading: "PID", width: 7, write: (out, { record }) => out.integer(record.pid) },
  { key: "ppid", heading: "PPID", width: 7, write: (out, { record }) => out.integer(record.ppid) },
  { key: "comm", heading: "COMM", width: 15, ...name((record) => record.comm) },
  { key: "parent_comm", heading: "PARENT", width: 15, ...name((record) => record.parentComm) },
  { key: "uid", heading: "UID", width: 6, write: (out, { record }) => out.integer(record.uid) },
  {
    key: "exit_code",
    heading: "EXIT_CODE",
    width: 12,
    absent: isKilled,
    write: writeExitCode,
    table: writeVerdict,
  },
  {
    key: "signal",
    heading: "SIGNAL",
    width: 11,
    quoted: true,
    absent: (exit) => !isKilled(exit),
    write: (out, { record }) => out.put(signalNames[termSignal(record.status)]!),
  },
  {
    key: "core_dumped",
    heading: "CORE",
    width: 5,
    write: (out, { record }) => out.put(coreDumped(record.status) ? TRUE : FALSE),
  },
  {
    key: "duration_ns",
    heading: "DURATION_NS",
    width: 15,
    right: true,
    write: (out, { lived }) => out.nanoseconds(lived),
  },
] as const satisfies readonly Column[];

export type ColumnKey = (typeof columns)[number]["key"];

/** The tutorial's columns, in its order: what the table and ecli's format show. */
export const tutorialColumns: readonly ColumnKey[] = ["time", "pid", "ppid", "exit_code", "duration_ns", "comm"];

/** The columns of these names, in this order. */
export function pick(keys: readonly ColumnKey[]): Column[] {
  return keys.map((key) => columns.find((column) => column.key === key)!);
}
