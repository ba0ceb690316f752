import type { Exit } from "../enrich/exit.ts";
import { signalNames } from "../record/signals.ts";
import { coreDumped, exitCode, termSignal } from "../record/status.ts";
import { type ByteWriter, bytesOf } from "./byte-writer.ts";

/**
 * One column of every format: the only place that knows its name, its width and how its value is written. `write` gives the bare
 * value; what goes around it (padding, quotes, escapes) is the format's.
 */
interface Common {
  /** JSON's key and CSV's heading; spec: one word, lower case. */
  key: string;
  /** The table's heading. */
  heading: string;
  /** The table's width, in characters; wider values push the rest of their line. */
  width: number;
  /** Numbers whose size is compared at a glance stand at the right. */
  right?: boolean;
  /** Where it is true, JSON says null and CSV nothing. */
  absent?(exit: Exit): boolean;
  /** What the table shows instead of the bare value. */
  table?(out: ByteWriter, exit: Exit): void;
  /** What the tutorial's program would have said. */
  ecli?(out: ByteWriter, exit: Exit): void;
}

export type Column = Common &
  (
    | { type: "time" }
    | { type: "number"; write(out: ByteWriter, exit: Exit): void }
    | { type: "bool"; value(exit: Exit): boolean }
    /** One of our own words. */
    | { type: "word"; word(exit: Exit): Uint8Array }
    /** Text that a process chose: where it begins in the record's bytes. It is escaped by whoever writes it. */
    | { type: "name"; start(exit: Exit): number }
  );

const CORE = bytesOf("+core");

const isKilled = (exit: Exit) => termSignal(exit.record.status) !== 0;
const writeExitCode = (out: ByteWriter, exit: Exit) => out.integer(exitCode(exit.record.status));

/** The code, or the signal by its name: `0`, `137`, `SIGKILL`, `SIGSEGV+core`. */
function writeVerdict(out: ByteWriter, exit: Exit): void {
  const { status } = exit.record;
  const signal = termSignal(status);
  if (signal === 0) {
    out.integer(exitCode(status));
  } else {
    out.put(signalNames[signal]!);
    if (coreDumped(status)) out.put(CORE);
  }
}

/** All columns, in the order of JSON's keys. */
export const columns = [
  { key: "time", heading: "TIME", width: 8, type: "time" },
  { key: "pid", heading: "PID", width: 7, type: "number", write: (out, { record }) => out.integer(record.pid) },
  { key: "ppid", heading: "PPID", width: 7, type: "number", write: (out, { record }) => out.integer(record.ppid) },
  { key: "comm", heading: "COMM", width: 15, type: "name", start: ({ record }) => record.comm },
  { key: "parent_comm", heading: "PARENT", width: 15, type: "name", start: ({ record }) => record.parentComm },
  { key: "uid", heading: "UID", width: 6, type: "number", write: (out, { record }) => out.integer(record.uid) },
  {
    key: "exit_code",
    heading: "EXIT_CODE",
    width: 12,
    type: "number",
    write: writeExitCode,
    absent: isKilled,
    table: writeVerdict,
    ecli: writeExitCode,
  },
  {
    key: "signal",
    heading: "SIGNAL",
    width: 11,
    type: "word",
    word: ({ record }) => signalNames[termSignal(record.status)]!,
    absent: (exit) => !isKilled(exit),
  },
  { key: "core_dumped", heading: "CORE", width: 5, type: "bool", value: ({ record }) => coreDumped(record.status) },
  {
    key: "duration_ns",
    heading: "DURATION_NS",
    width: 15,
    right: true,
    type: "number",
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
