import { readdirSync, statSync } from "node:fs";
import { containerIdIn } from "../filter/cgroup-names.ts";
import type { Hierarchy } from "../system/cgroups.ts";

/** The systemd units and the containers that a filter selects. */
export interface CgroupNames {
  units: readonly string[];
  containers: readonly string[];
}

/** A unit or container without a cgroup. */
export interface AbsentName {
  kind: "unit" | "container";
  name: string;
  /** False if no whole hierarchy is mounted, so that its cgroup may be out of sight. */
  isChecked: boolean;
}

/** Bounds the time for machines with very many cgroups: 20 µs each. */
const MAX_DIRECTORIES = 20_000;

/** A directory of a cgroup file system has a link for each of its subdirectories, and two more. */
const LINKS_WITHOUT_SUBDIRECTORIES = 2;

/** Returns the units and containers that no cgroup of the mounted hierarchies is named after. */
export function findCgroupNames({ units, containers }: CgroupNames, hierarchies: readonly Hierarchy[]): AbsentName[] {
  let left = [
    ...units.map((name) => ({ kind: "unit" as const, name })),
    ...containers.map((name) => ({ kind: "container" as const, name })),
  ];
  const directories = left.length ? hierarchies.map(({ mountPoint }) => mountPoint) : [];
  // the loop body appends subdirectories
  for (const directory of directories) {
    for (const name of subdirectories(directory)) {
      const id = containerIdIn(name);
      left = left.filter(({ kind, name: wanted }) => (kind === "unit" ? name !== wanted : !id?.startsWith(wanted)));
      directories.push(`${directory}/${name}`);
    }
    if (!left.length || directories.length > MAX_DIRECTORIES) break;
  }
  const isChecked = hierarchies.some(({ root }) => root === "/") && directories.length <= MAX_DIRECTORIES;
  return left.map((each) => ({ ...each, isChecked }));
}

function subdirectories(directory: string): string[] {
  try {
    if (statSync(directory).nlink <= LINKS_WITHOUT_SUBDIRECTORIES) return [];
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // the cgroup was removed meanwhile
    return [];
  }
}
