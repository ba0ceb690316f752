import type { Exit } from "../exit/exit.ts";
import { Offset } from "../record/layout.ts";
import { CLOSE_BRACKET, OPEN_BRACKET } from "../text/ascii.ts";
import { bytesOf } from "../text/byte-writer.ts";
import { type ColumnKey, oomItems, pick, writeAncestorNames, type Writer } from "./columns.ts";
import type { FormatOptions } from "./format.ts";
import { lackingInTable } from "./lacking.ts";
import { writeParent } from "./people-columns.ts";
import { writeName, writeNameBeforeBracket } from "./shell.ts";

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
/** Returns true if the parent forked the process, which is shown anyway, or an unknown process. */
const isStartedByParent = ({ origin, record }: Exit) =>
  !origin.isKnown || origin.startedBy.pid === 0 || origin.startedBy.pid === record.ppid;

/** Writes the process that forked it: `bash[4242]`. */
const writeForker: Writer = (out, { origin, record }) => {
  const { comm, pid } = origin.startedBy;
  writeNameBeforeBracket(out, record.bytes, comm, record.nameEnd(comm));
  out.byte(OPEN_BRACKET);
  out.integer(pid);
  out.byte(CLOSE_BRACKET);
};

const isNeverAbsent = () => false;

/** Returns an item that is absent also where an exit lacks the value. */
function unlessLacking(item: KeyedItem, options: FormatOptions): BlockItem {
  if (!options.lacks) return item;
  const isLacking = lackingInTable(options, item.key);
  return { ...item, isAbsent: (exit) => isLacking(exit) || item.isAbsent(exit) };
}

/** An item with the value of a column. */
interface KeyedItem extends BlockItem {
  key: ColumnKey;
}

function item(label: string, key: ColumnKey, omitted: string, own: Partial<BlockItem> = {}): KeyedItem {
  const column = pick([key])[0]!;
  return {
    key,
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

/**
 * Returns an item with the value that another has for the sender of the fatal signal. A process
 * that killed itself is described anyway.
 */
function ofSender({ isAbsent, write, ...rest }: BlockItem): BlockItem {
  return {
    ...rest,
    isAbsent: ({ sender, record }) => sender === null || sender.record.pid === record.pid || isAbsent(sender),
    write: (out, { sender }) => write(out, sender!),
  };
}

/**
 * Items about the process that sent the fatal signal.
 * @param sign between the names of ancestors.
 */
const senderItems = (sign: Uint8Array): BlockItem[] =>
  [
    item("killer", "args", ""),
    item("killer's exe", "exe", ""),
    item("killer's tty", "tty", ""),
    item("killer's login user", "login_uid", "", { write: writeLoginUser }),
    item("killer's unit", "unit", ""),
    item("killer's container", "container_id", ""),
    ancestors("killer's ancestors", sign),
  ].map(ofSender);

/** Writes the name of the user who logged in, or the uid if it has none. */
const writeLoginUser: Writer = (out, { context, origin }) => {
  const user = context.users.name(origin.loginUid);
  if (user) writeName(out, user, 0, user.length);
  else out.integer(origin.loginUid);
};

/** An item with the names of the ancestors: `systemd → cron → cleanup.sh`. */
const ancestors = (label: string, sign: Uint8Array) =>
  item(label, "ancestors", "", { write: (out, exit) => writeAncestorNames(out, exit, sign) });

/** Items that say where the process belonged. The cgroup's path has its unit. */
const originItems = (sign: Uint8Array): KeyedItem[] => [
  ancestors("from", sign),
  item("parent", "parent_comm", "", { write: writeParent }),
  item("started by", "started_by", "", { isAbsent: isStartedByParent, write: writeForker }),
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
  item("hostname", "hostname", ""),
  item("tty", "tty", ""),
  item("login user", "login_uid", "", { write: writeLoginUser }),
  item("cwd", "cwd", "/"),
];

/** Items that say what the process used. */
const usageItems = (): KeyedItem[] => [
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

/**
 * Returns the items of a block by its lines.
 * @param sign between the names of ancestors.
 */
export function blockItems(options: FormatOptions, sign: Uint8Array): readonly (readonly BlockItem[])[] {
  const origin = options.withThreads ? [thread(), ...originItems(sign)] : originItems(sign);
  const ofProcess = (items: readonly KeyedItem[]) => items.map((one) => unlessLacking(one, options));
  return [oomKillItems(), senderItems(sign), ofProcess(origin), ofProcess(usageItems())];
}
