import type { Exit } from "../../exit/exit.ts";
import { signalNames } from "../../record/signals.ts";
import { coreDumped, exitCode, termSignal } from "../../record/status.ts";
import { bytesOf } from "../byte-writer.ts";
import { writeName } from "../shell.ts";
import { rfc3339 } from "../time.ts";
import { type Column, name, writeBoolean, type Writer } from "./column.ts";

const CORE = bytesOf("+core");

const writeTime = rfc3339();
const isKilled = (exit: Exit) => exit.isKilled;
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

/** By name where somebody has that uid. */
const writeUser: Writer = (out, { record, knowledge }) => {
  const user = knowledge.users.name(record.uid);
  if (user) writeName(out, user, 0, user.length);
  else out.integer(record.uid);
};

/** Who died, when and how. */
export const core = [
  {
    key: "time",
    group: "core",
    help: "when it died, taken in the kernel",
    heading: "TIME",
    width: 30,
    quoted: true,
    write: (out, { died }) => writeTime(out, died),
  },
  {
    key: "pid",
    group: "core",
    help: "the process (thread group), as the host numbers it",
    heading: "PID",
    width: 7,
    write: (out, { record }) => out.integer(record.pid),
  },
  {
    key: "ppid",
    group: "core",
    help: "its parent at that moment",
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
    key: "parent_comm",
    group: "core",
    help: "its parent's name",
    heading: "PARENT",
    width: 15,
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
    absent: isKilled,
    write: writeExitCode,
    table: writeVerdict,
  },
  {
    key: "signal",
    group: "core",
    help: "the signal that killed it",
    heading: "SIGNAL",
    width: 11,
    quoted: true,
    absent: (exit) => !exit.isKilled,
    write: (out, { record }) => out.put(signalNames[termSignal(record.status)]!),
  },
  {
    key: "core_dumped",
    group: "core",
    help: "whether it left a core dump",
    heading: "CORE",
    width: 5,
    write: (out, { record }) => writeBoolean(out, coreDumped(record.status)),
  },
  {
    key: "duration_ns",
    group: "core",
    help: "how long it lived: since fork, across execve, time in suspend included",
    heading: "DURATION_NS",
    width: 15,
    right: true,
    write: (out, { lived }) => out.nanoseconds(lived),
  },
] as const satisfies readonly Column[];
