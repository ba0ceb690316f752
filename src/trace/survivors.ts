/** Names the processes of a COMMAND that still run, in messages. */
import { ByteSlice } from "../exit/byte-slice.ts";
import type { ArgumentRedactor } from "../exit/exit.ts";
import { writeShellWords } from "../output/columns.ts";
import { writeNameBeforeBracket } from "../output/shell.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { readStart } from "../system/files.ts";
import { hasOwnProc, localProcessState, statFields } from "../system/procfs.ts";
import { LINE_FEED } from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { columnsOf, endWithin } from "../text/characters.ts";
import { runningName } from "../views/report/phrases.ts";
import type { RunningProcess } from "../views/report/report-data.ts";

/** The processes that are named; others are counted. */
const MAX_NAMED = 5;
/** The arguments that are shown of a process, in columns of a terminal. */
const MAX_ARGS_COLUMNS = 60;
/** More bytes than the arguments shown can have: a character of one column may take several. */
const MAX_ARGS_BYTES = 1024;

/** The processes that still run. */
export interface Survivors {
  count: number;
  /** Such as `sleep[17631] (mydaemon 60) and 3 more`. */
  text: string;
  /** Some of them. */
  processes: readonly RunningProcess[];
}

/**
 * Lists the processes of COMMAND that still run: COMMAND itself, unless it is over, and its
 * descendants. The kernel's list has their pids in the tracer's PID namespace; the names come from
 * /proc, if that shows them.
 * @param redactor replaces secrets in their arguments.
 * @param max the number of processes that are described.
 */
export function listSurvivors(
  recorder: Pick<Recorder, "liveTracees" | "liveTraceePids">,
  redactor: ArgumentRedactor | undefined,
  max = MAX_NAMED,
): Survivors {
  const live = recorder.liveTraceePids(max);
  // after the programs are detached, the list keeps processes that have exited since
  const pids = live.filter((pid) => localProcessState(pid) !== "dead");
  const count = Math.max(pids.length, recorder.liveTracees - (live.length - pids.length));
  const isInProc = hasOwnProc();
  const processes = pids.map((pid) => (isInProc ? describeProcess(pid, redactor) : { pid, name: "", args: "" }));
  const names = processes.slice(0, MAX_NAMED).map(runningName);
  const others = count - names.length;
  if (others > 0) names.push(`${others} more`);
  const last = names.pop() ?? "";
  return { count, text: names.length ? `${names.join(", ")} and ${last}` : last, processes };
}

/** Returns a process's name, pid and arguments, as safe text; only the pid if /proc hides it. */
function describeProcess(pid: number, redactor: ArgumentRedactor | undefined): RunningProcess {
  const comm = readStart(`/proc/${pid}/comm`, MAX_ARGS_BYTES);
  if (!comm?.length) return { pid, name: "", args: "" };
  const out = new ByteWriter();
  const nameEnd = comm.lastIndexOf(LINE_FEED);
  writeNameBeforeBracket(out, comm, 0, nameEnd < 0 ? comm.length : nameEnd);
  const name = out.toString();
  const args = argumentsOf(pid, redactor);
  return { pid, name, args: args === name ? "" : args };
}

/**
 * Returns the arguments as a shell would show them, truncated. Leaves out those of a process in
 * uninterruptible sleep: reading its memory waits for locks that it may hold for ever.
 */
function argumentsOf(pid: number, redactor: ArgumentRedactor | undefined): string {
  if (isBlocked(pid)) return "";
  const args = readStart(`/proc/${pid}/cmdline`, MAX_ARGS_BYTES);
  if (!args?.length) return "";
  const all = new ByteSlice().set(args, 0, args.length);
  const isCut = args.length === MAX_ARGS_BYTES;
  const { bytes, start, end } = redactor?.redact(all, isCut, new ByteWriter(), new ByteSlice()) ?? all;
  const out = new ByteWriter();
  writeShellWords(out, bytes, start, end);
  if (columnsOf(out.bytes, 0, out.length) <= MAX_ARGS_COLUMNS) return out.toString();
  out.length = endWithin(out.bytes, 0, out.length, MAX_ARGS_COLUMNS);
  return `${out.toString()}...`;
}

/** Returns true if a process is in uninterruptible sleep, or gone. */
function isBlocked(pid: number): boolean {
  try {
    return statFields(pid)[0] === "D";
  } catch {
    return true;
  }
}
