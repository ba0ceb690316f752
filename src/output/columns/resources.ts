import type { Exit } from "../../exit/exit.ts";
import { ExitFlag, Offset } from "../../record/layout.ts";
import { writeBytes, writeDuration } from "../units.ts";
import type { Column, Writer } from "./column.ts";

/** A thread's end does not say what the process used. */
const isThread = (exit: Exit) => !exit.isProcess;
/** Returns true also if the process had more threads than the BPF program could add up. */
const isUsageUnknown = (exit: Exit) => !exit.isProcess || exit.has(ExitFlag.usageIncomplete);
const isIoUnknown = (exit: Exit) => isUsageUnknown(exit) || !exit.has(ExitFlag.hasIo);

/** A u64 of the record, exact. Nearly all are below 2^32. */
function whole(field: number): Writer {
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
    right: true,
    absent: isUsageUnknown,
    write: whole(field),
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
    absent: isAbsent,
    table: (out, { record }) => writeBytes(out, record.high(field), record.low(field)),
  } as const satisfies Column;
}

/** What it used: the whole thread group's own, without the children that it reaped. */
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
    help: "threads that were still counted at its end",
    heading: "THREADS",
    width: 7,
    right: true,
    absent: isThread,
    write: (out, { record }) => out.integer(record.u32(Offset.threads)),
  },
] as const satisfies readonly Column[];
