/** The one table of columns: the table, CSV, JSON and `--columns help` are made from it. */
import { type Column, type Group } from "./columns/column.ts";
import { command } from "./columns/exec.ts";
import { core } from "./columns/core.ts";
import { killer } from "./columns/killer.ts";
import { namespace } from "./columns/namespace.ts";
import { place } from "./columns/cgroup.ts";
import { resources } from "./columns/resources.ts";

export type { Column, Group, Part, Writer } from "./columns/column.ts";
export { writeSentence } from "./columns/killer.ts";

/** All columns, in the order of JSON's keys. */
export const columns = [
  ...core,
  ...killer,
  ...resources,
  ...command,
  ...place,
  ...namespace,
] as const satisfies readonly Column[];

export type ColumnKey = (typeof columns)[number]["key"];

export const columnKeys: readonly ColumnKey[] = columns.map(({ key }) => key);

/** The tutorial's columns, in its order: what the table and ecli's format show. */
export const tutorialColumns: readonly ColumnKey[] = ["time", "pid", "ppid", "exit_code", "duration_ns", "comm"];

/** What `--wide` makes of the table: everything, that which can be long at the end; EXIT_CODE has the signal and the core flag. */
export const wideColumns: readonly ColumnKey[] = [
  ...(["time", "pid", "tid", "ppid", "exit_code", "duration_ns", "comm", "killed_by", "parent_comm", "uid"] as const),
  ...resources.map(({ key }) => key),
  ...namespace.map(({ key }) => key),
  ...(["cgroup", "container_id", "pod_uid", "exe", "args"] as const),
];

/** The keys of the columns of these groups, in the order of JSON's keys. */
export function keysOf(groups: readonly Group[]): ColumnKey[] {
  return columns.filter(({ group }) => groups.includes(group)).map(({ key }) => key);
}

/** The columns of these names, in this order. */
export function pick(keys: readonly ColumnKey[]): Column[] {
  return keys.map((key) => columns.find((column) => column.key === key)!);
}
