import { readFileSync } from "node:fs";
import { V1Controller } from "../record/layout.ts";
import { type Mount, parseMountinfo } from "./mountinfo.ts";
import { namespaceInode } from "./procfs.ts";

/** PROC_CGROUP_INIT_INO of include/linux/proc_ns.h: the inode of the host's cgroup namespace. */
const HOST_CGROUP_NS = 0xeffffffb;

/**
 * The v1 controllers by their names in /proc/cgroups, in the order of preference: those for which
 * container runtimes create cgroups come first.
 */
export const v1Controllers: readonly [name: string, controller: number][] = [
  ["memory", V1Controller.memory],
  ["pids", V1Controller.pids],
  ["cpu", V1Controller.cpu],
  ["devices", V1Controller.devices],
  ["freezer", V1Controller.freezer],
  ["cpuset", V1Controller.cpuset],
  ["cpuacct", V1Controller.cpuacct],
  ["blkio", V1Controller.io],
];

export interface Hierarchy extends Mount {
  /** The controllers of a v1 hierarchy; empty for v2. */
  controllers: string[];
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Returns the controllers in v1 hierarchies: neither used by v2 nor disabled. */
function usedV1Controllers(): Set<string> {
  const lines = readOrEmpty("/proc/cgroups").split("\n");
  return new Set(lines.map((line) => line.split(/\s+/)).flatMap(([name, id]) => (Number(id) > 0 ? [name!] : [])));
}

export function hasV1Hierarchies(): boolean {
  return usedV1Controllers().size > 0;
}

/** Returns the V1Controller whose hierarchy shows cgroups best; none if v2 has all controllers. */
export function v1Controller(): number {
  const used = usedV1Controllers();
  return v1Controllers.find(([name]) => used.has(name))?.[1] ?? V1Controller.none;
}

/** Returns the hierarchies with controllers that are mounted in the tracer's mount namespace. */
export function mountedHierarchies(): Hierarchy[] {
  const used = usedV1Controllers();
  return parseMountinfo(readOrEmpty("/proc/self/mountinfo")).flatMap((mount) => {
    if (mount.type === "cgroup2") return [{ ...mount, controllers: [] }];
    const controllers = mount.type === "cgroup" ? mount.options.filter((option) => used.has(option)) : [];
    return controllers.length ? [{ ...mount, controllers }] : [];
  });
}

/** Returns true if the tracer's cgroup namespace hides a part of each hierarchy. */
export function isInCgroupNamespace(): boolean {
  const namespace = namespaceInode("cgroup");
  return namespace !== 0 && namespace !== HOST_CGROUP_NS;
}
