import type { Exit } from "../../exit/exit.ts";
import { ExitFlag, Offset } from "../../record/layout.ts";
import { writeBytes, writeDuration } from "../units.ts";
import type { Column, Writer } from "./column.ts";

/** Returns true for the exit of a thread of a process that goes on. */
const isThread = (exit: Exit) => !exit.isProcess;
/** Returns true also if the process had more threads than the BPF program can add up. */
const isUsageUnknown = (exit: Exit) => !exit.isProcess || exit.has(ExitFlag.usageIncomplete);
const isIoUnknown = (exit: Exit) => isUsageUnknown(exit) || !exit.has(ExitFlag.hasIo);

/** Returns a writer for a u64 of the record; the first case is by far the most frequent. */
function u64(field: number): Writer {
  return (out, exit) => {
    if (exit.record.high(field) === 0) out.integer(exit.record.low(field));
    else out.nanoseconds(exit.number(field));
  };
}

function count<const Key extends string>(key: Key, heading: string, help: string, field: number) {
  return {
    key,
    group: "resources",
    help,
    heading,
    width: 8,
    isRightAligned: true,
    isAbsent: isUsageUnknown,
    write: u64(field),
  } as const satisfies Column;
}

function time<const Key extends string>(key: Key, heading: string, help: string, field: number) {
  return {
    ...count(key, heading, help, field),
    table: (out, exit) => writeDuration(out, exit.number(field)),
  } as const satisfies Column;
}

function size<const Key extends string>(
  key: Key,
  heading: string,
  help: string,
  field: number,
  isAbsent: (exit: Exit) => boolean,
) {
  return {
    ...count(key, heading, help, field),
    isAbsent,
    table: (out, { record }) => writeBytes(out, record.high(field), record.low(field)),
  } as const satisfies Column;
}

/** The resource usage of all threads of the process, without the children that it reaped. */
export const resources = [
  time("cpu_user_ns", "CPU_USER", "CPU time in its own code", Offset.cpuUserNs),
  time("cpu_system_ns", "CPU_SYS", "CPU time in the kernel for it", Offset.cpuSystemNs),
  size("max_rss_bytes", "MAX_RSS", "the most memory it ever had at once", Offset.maxRssBytes, isThread),
  count("minor_faults", "MIN_FLT", "page faults without I/O", Offset.minorFaults),
  count("major_faults", "MAJ_FLT", "page faults that read from storage", Offset.majorFaults),
  count("voluntary_switches", "VOL_CS", "how often it waited", Offset.voluntarySwitches),
  count("involuntary_switches", "INVOL_CS", "how often it was preempted", Offset.involuntarySwitches),
  size("read_bytes", "READ", "read from storage", Offset.readBytes, isIoUnknown),
  size("write_bytes", "WRITE", "written to storage", Offset.writeBytes, isIoUnknown),
  {
    key: "threads",
    group: "resources",
    help: "threads that were not reaped yet when the last one exited",
    heading: "THREADS",
    width: 7,
    isRightAligned: true,
    isAbsent: isThread,
    write: (out, { record }) => out.integer(record.u32(Offset.threads)),
  },
] as const satisfies readonly Column[];
