import * as v from "valibot";
import { type ColumnKey, columnNamed, columnNames, columnSets, keysOf } from "../../output/index.ts";
import { nearest } from "../suggest.ts";
import { itemsOf, quoteItem } from "./common.ts";

/** A column, or a change of the default: `+args` adds one to it, `-ppid` removes one. */
export type ColumnItem = ColumnKey | `+${ColumnKey}` | `-${ColumnKey}`;

/**
 * `COLUMN[,COLUMN…]`, `+COLUMN,-COLUMN…` or `help`. A column has several names, in any case, and
 * `origin` stands for several columns.
 */
export const columnList = v.pipe(
  v.string(),
  // of -C=-ppid; a column's name has no "="
  v.transform((text) => text.replace(/^=/, "")),
  itemsOf,
  v.rawTransform(({ dataset, addIssue, NEVER }): readonly ColumnItem[] | readonly ["help"] => {
    const items = dataset.value;
    if (items.length === 1 && items[0]!.toLowerCase() === "help") return ["help"];
    const resolved: ColumnItem[] = [];
    for (const item of items) {
      const [, sign, name] = /^([+-]?)(.*)$/s.exec(item)! as unknown as [string, "" | "+" | "-", string];
      const keys = keysNamed(name);
      if (keys.length === 0) {
        addIssue({ message: unknownColumn(name, items.length > 1 || sign !== "") });
        return NEVER;
      }
      for (const key of keys) resolved.push(`${sign}${key}`);
    }
    return resolved;
  }),
);

/** Returns the columns that a name stands for. */
function keysNamed(name: string): readonly ColumnKey[] {
  const set = columnSets.find(({ key }) => key === name.toLowerCase());
  const key = columnNamed(name);
  return set ? keysOf(set.groups) : key === undefined ? [] : [key];
}

/** @param isPart true if the value has more than this name. */
function unknownColumn(name: string, isPart: boolean): string {
  if (name.toLowerCase() === "all") return "-w (--wide) shows every column";
  const meant = nearest(name, [...columnNames(), ...columnSets.map(({ key }) => key)]);
  const subject = isPart ? `${quoteItem(name)} is not a column` : "not a column";
  return `${subject}; --columns help lists them${meant ? `; did you mean ${meant}?` : ""}`;
}
