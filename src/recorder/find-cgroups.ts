import { statSync } from "node:fs";
import { type CgroupPath, formatCgroupPath, parseCgroupPath } from "../filter/cgroup-paths.ts";
import {
  type Hierarchy,
  isInCgroupNamespace,
  mountedHierarchies,
  v1Controller,
  v1Controllers,
} from "../system/cgroups.ts";
import { type AbsentName, type CgroupNames, findCgroupNames } from "./find-cgroup-names.ts";

/** The directory below which hierarchies are mounted by convention. */
const CGROUP_MOUNTS = "/sys/fs/cgroup";

/** The cgroups at the paths of --cgroup. */
export interface FoundCgroups {
  paths: CgroupPath[];
  /** The paths that do not exist yet. */
  missing: string[];
  /** The paths that cannot be checked, because their part of the hierarchy is not mounted. */
  unseen: string[];
  /** The units and containers that have no cgroup yet. */
  absentNames?: AbsentName[];
  /** The V1Controller whose hierarchy shows the cgroups of the selected processes best. */
  controller: number;
}

/** The refusal of a path that no cgroup can have. */
export interface InvalidCgroup {
  /** The path as the user gave it. */
  wrong: string;
  /** The reason, to follow the path and a colon. */
  why: string;
}

function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/**
 * Converts a path as in /proc/PID/cgroup, or the directory of a cgroup below a mount point.
 * Undefined for a directory that is not below a mounted hierarchy.
 */
function resolve(text: string, hierarchies: readonly Hierarchy[]): CgroupPath | undefined {
  const [mount] = hierarchies
    .filter(({ mountPoint }) => isBelow(text, mountPoint))
    .toSorted((a, b) => b.mountPoint.length - a.mountPoint.length);
  if (mount) return parseCgroupPath(`${mount.root}/${text.slice(mount.mountPoint.length)}`);
  return isBelow(text, CGROUP_MOUNTS) ? undefined : parseCgroupPath(text);
}

/** Returns whether a cgroup exists in a hierarchy; undefined if its part is not mounted. */
function existsIn({ mountPoint, root }: Hierarchy, path: CgroupPath): boolean | undefined {
  const mounted = parseCgroupPath(root);
  if (mounted.above !== path.above || mounted.names.some((name, i) => name !== path.names[i])) return undefined;
  const directory = [mountPoint, ...path.names.slice(mounted.names.length)].join("/");
  try {
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

/** Looks up the paths of --cgroup, and units and containers, in the mounted hierarchies. */
export function findCgroups(
  texts: readonly string[],
  names: CgroupNames = { units: [], containers: [] },
): FoundCgroups | InvalidCgroup {
  const hierarchies = mountedHierarchies();
  const paths: CgroupPath[] = [];
  for (const text of texts) {
    const path = resolve(text, hierarchies);
    if (!path) return { wrong: text, why: "no cgroup hierarchy is mounted there" };
    if (path.above && !isInCgroupNamespace()) return { wrong: text, why: "there is no such cgroup above the root" };
    paths.push(path);
  }
  const found = paths.map((path) => ({ path, exists: hierarchies.map((hierarchy) => existsIn(hierarchy, path)) }));
  const existing = found.filter(({ exists }) => exists.includes(true));
  /** True if every existing cgroup is in v2 or in the v1 hierarchy of the controller. */
  const showsAll = (name: string) =>
    existing.every(({ exists }) =>
      hierarchies.some(({ controllers }, i) => exists[i] && (!controllers.length || controllers.includes(name))),
    );
  const best = v1Controllers.find(
    ([name]) => hierarchies.some(({ controllers }) => controllers.includes(name)) && showsAll(name),
  );
  const absent = found.filter(({ exists }) => !exists.includes(true));
  const format = (isChecked: boolean) =>
    absent.filter(({ exists }) => exists.includes(false) === isChecked).map(({ path }) => formatCgroupPath(path));
  return {
    paths,
    missing: format(true),
    unseen: format(false),
    absentNames: findCgroupNames(names, hierarchies),
    controller: best?.[1] ?? v1Controller(),
  };
}
