import type { Exit } from "../exit/exit.ts";
import { Offset } from "../record/layout.ts";
import { bytesOf } from "../text/byte-writer.ts";
import { type ColumnKey, oomItems, pick, type Writer } from "./columns.ts";
import { writeParent } from "./people-columns.ts";

/** A value with its name in a block: `user root`. */
export interface BlockItem {
  label: Uint8Array;
  /** Returns true if the exit has no such value, or it says nothing new. */
  isAbsent: (exit: Exit) => boolean;
  write: Writer;
  /** The text of a value that is left out. */
  omitted: Uint8Array;
}

const ZERO = bytesOf("0");
const isNeverAbsent = () => false;

function item(label: string, key: ColumnKey, omitted: string, own: Partial<BlockItem> = {}): BlockItem {
  const column = pick([key])[0]!;
  return {
    label: bytesOf(`${label} `),
    isAbsent: (!column.hasTableFallback && column.isAbsent) || isNeverAbsent,
    write: column.table ?? column.write,
    omitted: bytesOf(omitted),
    ...own,
  };
}

/** Returns true if the pid at an Offset is unknown, or is the host's. */
const isSamePid =
  (field: number) =>
  ({ record }: Exit) =>
    record.u32(field) === 0 || record.u32(field) === record.pid;

const thread = () => item("thread", "tid", "");

/** Items that say where the process belonged. */
const originItems = (): BlockItem[] => [
  item("parent", "parent_comm", "", { write: writeParent }),
  item("user", "user", ""),
  item("exe", "exe", ""),
  item("cgroup", "cgroup", "/"),
  item("container", "container_id", ""),
  item("container name", "container_name", ""),
  item("pod", "pod_uid", ""),
  item("pod name", "pod_name", ""),
  item("pod namespace", "pod_namespace", ""),
  item("pid in its namespace", "ns_pid", "", { isAbsent: isSamePid(Offset.nsPid) }),
  item("pid here", "local_pid", "", { isAbsent: isSamePid(Offset.localPid) }),
];

/** Items that say what the process used. */
const usageItems = (): BlockItem[] => [
  item("cpu user", "cpu_user_ns", "0"),
  item("cpu system", "cpu_system_ns", "0"),
  item("peak memory", "max_rss_bytes", "0"),
  item("minor faults", "minor_faults", "0"),
  item("major faults", "major_faults", "0"),
  item("voluntary switches", "voluntary_switches", "0"),
  item("involuntary switches", "involuntary_switches", "0"),
  item("read", "read_bytes", "0"),
  item("written", "write_bytes", "0"),
  item("threads", "threads", "1"),
];

/** Items about an OOM kill. */
const oomKillItems = (): BlockItem[] =>
  oomItems.map(({ label, isAbsent, write }) => ({ label: bytesOf(`${label} `), isAbsent, write, omitted: ZERO }));

/** Returns the items of a block by its lines. */
export function blockItems(withThreads: boolean): readonly (readonly BlockItem[])[] {
  return [oomKillItems(), withThreads ? [thread(), ...originItems()] : originItems(), usageItems()];
}
