import type { Exit } from "../../exit/exit.ts";
import { Offset } from "../../record/layout.ts";
import { signalName } from "../../record/signal-names.ts";
import { coreDumped, exitCode, termSignal } from "../../record/wait-status.ts";
import { bytesByNumber, bytesOf } from "../../text/byte-writer.ts";
import { writeName } from "../shell.ts";
import { rfc3339 } from "../time.ts";
import { bytes, type Column, name, writeBoolean, type Writer } from "./column.ts";
import { writeId } from "./identity.ts";

const CORE = bytesOf("+core");
export const signalBytes = bytesByNumber(signalName);

const writeTime = rfc3339();
const writeStartTime = rfc3339();

const isKilled = (exit: Exit) => exit.isKilled;
const writeExitCode: Writer = (out, { record }) => out.integer(exitCode(record.status));

/** Writes the exit code or the name of the signal: `0`, `137`, `SIGKILL`, `SIGSEGV+core`. */
const writeExitStatus: Writer = (out, { record }) => {
  const { status } = record;
  const signal = termSignal(status);
  if (signal === 0) {
    out.integer(exitCode(status));
  } else {
    out.put(signalBytes(signal));
    if (coreDumped(status)) out.put(CORE);
  }
};

/** Writes the user's name, or the uid if it has none. */
const writeUser: Writer = (out, { record, context }) => {
  const user = context.users.name(record.uid);
  if (user) writeName(out, user, 0, user.length);
  else out.integer(record.uid);
};

/** The process, its user, and the time and status of its exit. */
export const core = [
  {
    key: "time",
    group: "core",
    help: "when it died, taken in the kernel",
    heading: "TIME",
    width: 30,
    isQuoted: true,
    schema: { type: "string", format: "date-time" },
    write: (out, { exitTime }) => writeTime(out, exitTime),
  },
  {
    key: "pid",
    group: "core",
    help: "its process id (thread group id) on the host",
    heading: "PID",
    width: 7,
    write: (out, { record }) => out.integer(record.pid),
  },
  {
    key: "ppid",
    group: "core",
    help: "the process id of its parent when it died",
    heading: "PPID",
    width: 7,
    write: (out, { record }) => out.integer(record.ppid),
  },
  {
    key: "tid",
    group: "threads",
    help: "the thread that ended (--threads)",
    heading: "TID",
    width: 7,
    write: (out, { record }) => out.integer(record.tid),
  },
  {
    key: "comm",
    group: "core",
    help: "the name of its main thread",
    heading: "COMM",
    width: 15,
    ...name((exit) => exit.record.comm),
  },
  {
    key: "thread_comm",
    group: "threads",
    help: "the thread's name (--threads)",
    heading: "THREAD_COMM",
    width: 15,
    ...name((exit) => exit.record.threadComm),
  },
  {
    key: "parent_comm",
    group: "core",
    help: "its parent's name",
    heading: "PARENT",
    width: 15,
    aliases: ["ppid_comm"],
    ...name((exit) => exit.record.parentComm),
  },
  {
    key: "uid",
    group: "core",
    help: "its real user id; in tables the user's name",
    heading: "USER",
    width: 8,
    isText: true,
    write: (out, { record }) => out.integer(record.uid),
    table: writeUser,
  },
  {
    key: "exit_code",
    group: "core",
    help: "0-255, as wait() gives it; in tables also the signal that killed it",
    heading: "EXIT_CODE",
    width: 12,
    schema: { type: "integer", minimum: 0, maximum: 255 },
    isAbsent: isKilled,
    hasTableFallback: true,
    write: writeExitCode,
    table: writeExitStatus,
  },
  {
    key: "signal",
    group: "core",
    help: "the signal that killed it",
    heading: "SIGNAL",
    width: 11,
    isQuoted: true,
    schema: { type: "string", pattern: "^SIG[A-Z0-9]+([+-][0-9]+)?$" },
    isAbsent: (exit) => !exit.isKilled,
    write: (out, { record }) => out.put(signalBytes(termSignal(record.status))),
  },
  {
    key: "core_dumped",
    group: "core",
    help: "whether it left a core dump",
    heading: "CORE",
    width: 5,
    schema: { type: "boolean" },
    write: (out, { record }) => writeBoolean(out, coreDumped(record.status)),
  },
  {
    key: "duration_ns",
    group: "core",
    help: "how long it lived: since fork, across execve, time in suspend included",
    heading: "DURATION_NS",
    width: 15,
    isRightAligned: true,
    write: (out, { duration }) => out.nanoseconds(duration),
  },
  {
    key: "start_time",
    group: "core",
    help: "when it was forked",
    heading: "START_TIME",
    width: 30,
    isQuoted: true,
    schema: { type: "string", format: "date-time" },
    write: (out, { startTime }) => writeStartTime(out, startTime),
  },
  {
    key: "id",
    group: "core",
    help: "unique within a boot, even if the pid is reused: PID-START, with the time of its fork in ns since boot",
    heading: "ID",
    width: 22,
    isQuoted: true,
    write: (out, exit) => writeId(out, exit, exit.record.pid, Offset.startTimeNs),
  },
  {
    key: "parent_id",
    group: "core",
    help: "the id of its parent",
    heading: "PARENT_ID",
    width: 22,
    isQuoted: true,
    write: (out, exit) => writeId(out, exit, exit.record.ppid, Offset.parentStartNs),
  },
  {
    key: "user",
    group: "core",
    help: "its real user's name; in tables the uid if it has none",
    heading: "USER",
    width: 8,
    ...bytes(({ context, record }) => context.users.name(record.uid)),
    table: writeUser,
    hasTableFallback: true,
  },
] as const satisfies readonly Column[];
