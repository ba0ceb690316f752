import { readFileSync, statSync } from "node:fs";
import { namespaceInode } from "../system/procfs.ts";
import { V1Controller } from "../record/layout.ts";
import { type CgroupPath, formatCgroupPath, parseCgroupPath } from "./cgroup-paths.ts";

/** MAX_FILTER_CGROUPS of bpf/cgroup_filter.bpf.h. */
export const MAX_FILTER_CGROUPS = 16;

/** PROC_CGROUP_INIT_INO of include/linux/proc_ns.h: the inode of the host's cgroup namespace. */
const FIRST_CGROUP_NAMESPACE = 0xeffffffb;
/** All systems mount their hierarchies here. */
const CGROUP_FOLDER = "/sys/fs/cgroup";

/**
 * v1 controllers, best first: the hierarchies that container runtimes use, with their names in
 * /proc/cgroups.
 */
const controllers: readonly [name: string, controller: number][] = [
  ["memory", V1Controller.memory],
  ["pids", V1Controller.pids],
  ["cpu", V1Controller.cpu],
  ["devices", V1Controller.devices],
  ["freezer", V1Controller.freezer],
  ["cpuset", V1Controller.cpuset],
  ["cpuacct", V1Controller.cpuacct],
  ["blkio", V1Controller.io],
];

/** A mounted cgroup hierarchy. */
interface Hierarchy {
  /** The controllers of a v1 hierarchy; empty for v2. */
  controllers: string[];
  mountPoint: string;
  /** The part of the hierarchy that is mounted, as the tracer's cgroup namespace shows it. */
  root: string;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * Returns the numbers of the v1 hierarchies by controller, without controllers that v2 uses or that
 * are disabled.
 */
function v1Numbers(): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const line of read("/proc/cgroups").split("\n")) {
    const [name, hierarchy] = line.split(/\s+/);
    if (name && Number(hierarchy) > 0) numbers.set(name, Number(hierarchy));
  }
  return numbers;
}

/**
 * Returns the v1 controller whose hierarchy shows the cgroup of a process best; none if v2 has all
 * controllers.
 */
export function v1Controller(): number {
  const numbers = v1Numbers();
  return controllers.find(([name]) => numbers.has(name))?.[1] ?? V1Controller.none;
}

/** proc(5): mountinfo writes spaces and their kind as octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function mounted(): Hierarchy[] {
  const numbers = v1Numbers();
  return read("/proc/self/mountinfo")
    .split("\n")
    .flatMap((line) => {
      const [before, after] = line.split(" - ");
      const [type, , options] = after?.split(" ") ?? [];
      const [, , , root, mountPoint] = before!.split(" ");
      if (type !== "cgroup" && type !== "cgroup2") return [];
      const names = type === "cgroup2" ? [] : options!.split(",").filter((option) => numbers.has(option));
      if (type === "cgroup" && !names.length) return [];
      return [{ controllers: names, mountPoint: unescape(mountPoint!), root: unescape(root!) }];
    });
}

/** Returns true if the tracer sees only a part of each hierarchy. */
export function isInCgroupNamespace(): boolean {
  const namespace = namespaceInode("cgroup");
  return namespace !== 0 && namespace !== FIRST_CGROUP_NAMESPACE;
}

export function hasV1Hierarchies(): boolean {
  return v1Numbers().size > 0;
}

function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

/**
 * Returns the path in /proc/PID/cgroup or the folder of a cgroup as a CgroupPath; undefined if no
 * hierarchy is mounted at that folder.
 */
function pathOf(text: string, hierarchies: readonly Hierarchy[]): CgroupPath | undefined {
  const [mount] = hierarchies
    .filter(({ mountPoint }) => isBelow(text, mountPoint))
    .toSorted((a, b) => b.mountPoint.length - a.mountPoint.length);
  if (mount) return parseCgroupPath(`${mount.root}/${text.slice(mount.mountPoint.length)}`);
  return isBelow(text, CGROUP_FOLDER) ? undefined : parseCgroupPath(text);
}

/**
 * Returns true if a cgroup exists; undefined if it lies outside of the mounted part of the
 * hierarchy.
 */
function isIn({ mountPoint, root }: Hierarchy, path: CgroupPath): boolean | undefined {
  const from = parseCgroupPath(root);
  if (from.above !== path.above || from.names.some((name, i) => name !== path.names[i])) return undefined;
  const folder = [mountPoint, ...path.names.slice(from.names.length)].join("/");
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** The results for the paths that the user named. */
export interface FoundCgroups {
  paths: CgroupPath[];
  /** The paths that do not exist yet. */
  missing: string[];
  /** The missing paths that cannot be checked, because no hierarchy is mounted there. */
  unseen: string[];
  /** The v1 controller whose hierarchy shows the cgroups of the selected processes best. */
  controller: number;
}

/** A path that no process can ever have, and the reason. */
export interface WrongCgroup {
  wrong: string;
  why: string;
}

/** Looks up cgroup paths in the mounted hierarchies. */
export function findCgroups(texts: readonly string[]): FoundCgroups | WrongCgroup {
  const hierarchies = mounted();
  const paths: CgroupPath[] = [];
  for (const text of texts) {
    const path = pathOf(text, hierarchies);
    if (!path) return { wrong: text, why: "no cgroup hierarchy is mounted there" };
    if (path.above && !isInCgroupNamespace()) return { wrong: text, why: "there is no such cgroup above the root" };
    paths.push(path);
  }
  const seen = paths.map((path) => hierarchies.map((hierarchy) => isIn(hierarchy, path)));
  const existing = seen.filter((each) => each.includes(true));
  const best = controllers.find(
    ([name]) =>
      hierarchies.some((hierarchy) => hierarchy.controllers.includes(name)) &&
      existing.every((each) =>
        hierarchies.some(
          (hierarchy, i) => each[i] && (!hierarchy.controllers.length || hierarchy.controllers.includes(name)),
        ),
      ),
  );
  const shown = (isWanted: (each: (boolean | undefined)[]) => boolean) =>
    paths.filter((_, i) => isWanted(seen[i]!)).map(formatCgroupPath);
  return {
    paths,
    missing: shown((each) => each.includes(false) && !each.includes(true)),
    unseen: shown((each) => !each.includes(false) && !each.includes(true)),
    controller: best?.[1] ?? v1Controller(),
  };
}
