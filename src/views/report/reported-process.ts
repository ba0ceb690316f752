import type { Exit } from "../../exit/exit.ts";
import {
  hasNoCrash,
  type ColumnKey,
  writeCommand,
  writeCrash,
  writeKiller,
  type Writer,
} from "../../output/columns.ts";
import { timelineValues, writeValue } from "../../output/timeline-values.ts";
import { ExitFlag, KillerKind, Offset } from "../../record/layout.ts";
import { ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { endWithin } from "../../text/characters.ts";

/** The bounds of texts, in columns of a terminal. */
const MAX_COMMAND = 200;
const MAX_KILLER = 120;
const MAX_CRASH = 200;
/** Enough bytes of arguments for MAX_COMMAND columns. */
const MAX_COMMAND_BYTES = 1024;
const CUT = bytesOf("...");

/** The columns of an exit in a report: what it shows, and the keys of a process in its JSON. */
export const reportColumns: readonly ColumnKey[] = [
  ...(["time", "pid", "ppid", "comm", "parent_comm", "exit_code", "signal", "core_dumped"] as const),
  ...(["duration_ns", "id", "parent_id", "killed_by", "cpu_user_ns", "cpu_system_ns", "max_rss_bytes"] as const),
  ...(["args", "local_pid", "started_by", "crash"] as const),
];

/** A process by its pid and its start, the high and the low half of a u64. */
export interface ProcessKey {
  pid: number;
  high: number;
  low: number;
}

/** A process that ended. Its texts are safe for a terminal, in one line, and bounded. */
export interface ReportedProcess extends ProcessKey {
  /** The process that forked it. */
  parent: ProcessKey;
  /** The arguments as a shell shows them, or the name. */
  command: string;
  /** The wait status. */
  status: number;
  /** `killed by bash[4242]`; empty if it exited, or the sender is unknown. */
  killer: string;
  isOomKill: boolean;
  /** The place where it crashed; empty if it did not, or that is unknown. */
  crash: string;
  durationNs: number;
  cpuNs: number;
  rssBytes: number;
  /** The values of reportColumns as a JSON object; empty if no output needs it. */
  json: string;
  /** The number of equal processes that this one stands for, at least 1. */
  count: number;
  children: ReportedProcess[];
}

export function isSame(one: ProcessKey, other: ProcessKey): boolean {
  return one.pid === other.pid && one.high === other.high && one.low === other.low;
}

export function keyOf({ record }: Exit): ProcessKey {
  return { pid: record.pid, high: record.high(Offset.startTimeNs), low: record.low(Offset.startTimeNs) };
}

/** Returns the CPU time of a process in ns, rounded beyond 2^53; 0 if it is unknown. */
export function cpuOf(exit: Exit): number {
  const hasUsage = exit.isProcess && !exit.has(ExitFlag.usageIncomplete);
  return hasUsage ? exit.record.u64(Offset.cpuUserNs) + exit.record.u64(Offset.cpuSystemNs) : 0;
}

/** Returns the largest memory that the process had, in bytes. */
export function rssOf(exit: Exit): number {
  return exit.isProcess ? exit.record.u64(Offset.maxRssBytes) : 0;
}

/** Copies what a report shows of an exit, whose record is valid only until it moves. */
export class ProcessDescriber {
  readonly #text = new ByteWriter();
  readonly #values;

  /** @param columns those of reportColumns that are recorded. @param hasJson true to keep JSON. */
  constructor(
    readonly columns: readonly ColumnKey[],
    hasJson: boolean,
  ) {
    this.#values = hasJson ? timelineValues({ columns, time: "utc", hasColor: false, showKiller: false, width }) : [];
  }

  describe(exit: Exit): ReportedProcess {
    const { record } = exit;
    return {
      ...keyOf(exit),
      parent: parentOf(exit),
      command: this.#bounded((out) => writeCommand(out, exit, MAX_COMMAND_BYTES), MAX_COMMAND),
      status: record.status,
      killer: exit.isKilled && exit.hasKiller ? this.#bounded(writeKiller, MAX_KILLER, exit) : "",
      isOomKill: exit.isKilled && record.killerKind === KillerKind.oom,
      crash: this.columns.includes("crash") && !hasNoCrash(exit) ? this.#bounded(writeCrash, MAX_CRASH, exit) : "",
      durationNs: exit.duration.ns,
      cpuNs: cpuOf(exit),
      rssBytes: rssOf(exit),
      json: this.#json(exit),
      count: 1,
      children: [],
    };
  }

  #bounded(write: Writer, columns: number, exit?: Exit): string {
    const out = this.#text;
    out.reset();
    write(out, exit!);
    const end = endWithin(out.bytes, 0, out.length, columns);
    if (end < out.length) {
      out.length = end;
      out.put(CUT);
    }
    return out.toString();
  }

  #json(exit: Exit): string {
    const out = this.#text;
    out.reset();
    this.#values.forEach((value, i) => {
      out.put(bytesOf(`${i === 0 ? "{" : ","}"${value.key}":`));
      writeValue(out, exit, value);
    });
    return out.length ? `${out.toString()}}` : "";
  }
}

const width = () => 0;

/** Returns the process that forked it, whatever its parent is now, or its parent. */
function parentOf(exit: Exit): ProcessKey {
  const { record, origin } = exit;
  if (origin.isKnown) {
    const { pid, startTime } = origin.startedBy;
    if (pid !== 0) return { pid, high: record.high(startTime), low: record.low(startTime) };
  }
  return { pid: record.ppid, high: record.high(Offset.parentStartNs), low: record.low(Offset.parentStartNs) };
}
