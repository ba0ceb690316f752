/** The table of columns, from which the table, CSV, JSON and `--columns help` are made. */
import { cgroup } from "./columns/cgroup.ts";
import { type Column, type Group } from "./columns/column.ts";
import { core } from "./columns/core.ts";
import { crash } from "./columns/crash.ts";
import { exec } from "./columns/exec.ts";
import { killer } from "./columns/killer.ts";
import { namespace } from "./columns/namespace.ts";
import { oom } from "./columns/oom.ts";
import { origin } from "./columns/origin.ts";
import { resources } from "./columns/resources.ts";

export type { Column, Group, Part, Writer } from "./columns/column.ts";
export { commandParts, writeCommand, writeShellWords, writeTableArgs } from "./columns/exec.ts";
export { hasNoCrash, writeCrash } from "./columns/crash.ts";
export { writeAncestorNames } from "./columns/identity.ts";
export { writeKiller } from "./columns/killer.ts";
export { oomItems } from "./columns/oom.ts";

/** All columns, in the order of JSON's keys. */
export const columns = [
  ...core,
  ...killer,
  ...oom,
  ...resources,
  ...exec,
  ...cgroup,
  ...namespace,
  ...origin,
  ...crash,
] as const satisfies readonly Column[];

export type ColumnKey = (typeof columns)[number]["key"];

export const columnKeys: readonly ColumnKey[] = columns.map(({ key }) => key);

/**
 * The columns of the exitsnoop of eunomia's bpf-developer-tutorial, in its order: the default of
 * the table, and what `-f ecli` shows.
 */
export const tutorialColumns: readonly ColumnKey[] = ["time", "pid", "ppid", "exit_code", "duration_ns", "comm"];

/** The columns of the table for people, some of which show more than their key: see people.ts. */
export const peopleColumns: readonly ColumnKey[] = ["time", "pid", "parent_comm", "exit_code", "duration_ns", "args"];

/**
 * The table's columns with `--wide`, the longest last. Left out are those that others show (SIGNAL
 * and CORE are in EXIT_CODE, ARGS_CUT is in ARGS, the name of `user` is in USER of `uid`), and the
 * ids and start times that are for programs.
 */
export const wideColumns: readonly ColumnKey[] = [
  ...(["time", "pid", "tid", "ppid", "exit_code", "duration_ns", "comm", "killed_by", "parent_comm", "uid"] as const),
  ...resources.map(({ key }) => key),
  ...namespace.map(({ key }) => key),
  ...(["oom", "cgroup", "container_id", "pod_uid"] as const),
  ...origin.map(({ key }) => key),
  ...(["crash", "exe", "args"] as const),
];

/** The columns of the timelines: what a track and its details show. */
export const timelineColumns: readonly ColumnKey[] = [
  ...(["time", "pid", "ppid", "comm", "parent_comm", "uid", "exit_code", "signal", "core_dumped"] as const),
  ...(["duration_ns", "id", "parent_id", "killed_by", "cpu_user_ns", "cpu_system_ns", "max_rss_bytes"] as const),
  ...(["read_bytes", "write_bytes", "threads", "args", "exe", "started_by"] as const),
];

/** Returns the keys of the columns of these groups, in the order of JSON's keys. */
export function keysOf(groups: readonly Group[]): ColumnKey[] {
  return columns.filter(({ group }) => groups.includes(group)).map(({ key }) => key);
}

/** Names that stand for all columns of some groups. */
export const columnSets: readonly { key: string; groups: readonly Group[]; help: string }[] = [
  { key: "origin", groups: ["origin", "names"], help: "stands for all columns from ancestors to cwd" },
];

/** Returns the keys by all names: keys, headings in lower case, keys without their unit, others. */
function keysByName(): Map<string, ColumnKey> {
  const byName = new Map<string, ColumnKey>();
  for (const { key, heading, aliases = [] } of columns as readonly (Column & { key: ColumnKey })[]) {
    // a key comes before the heading of another column
    for (const name of [heading.toLowerCase(), key.replace(/_(ns|bytes)$/, ""), ...aliases]) {
      if (!columnKeys.includes(name as ColumnKey)) byName.set(name, key);
    }
    byName.set(key, key);
  }
  return byName;
}

let names: Map<string, ColumnKey> | undefined;
/** Built when the first name is looked up: most command lines have none. */
const namedKeys = () => (names ??= keysByName());

/** Returns all names of columns. */
export const columnNames = (): string[] => [...namedKeys().keys()];

/** Returns the key of a column by one of its names, in any case. */
export function columnNamed(name: string): ColumnKey | undefined {
  return namedKeys().get(name.toLowerCase());
}

/** Returns the columns with these keys, in this order. */
export function pick(keys: readonly ColumnKey[]): Column[] {
  return keys.map((key) => columns.find((column) => column.key === key)!);
}

/** Returns the columns with these keys, in full if the sender of the fatal signal is shown so. */
export function pickFor({ columns: keys, showSender }: { columns: readonly ColumnKey[]; showSender?: boolean }) {
  return pick(keys).map((column) => (showSender && column.full ? { ...column, ...column.full } : column));
}
