import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describeErrno } from "../libbpf/errno.ts";
import { V1Controller } from "../record/layout.ts";
import type { WantedCgroup } from "./selection.ts";

/** HIERARCHY_SHIFT of bpf/place.bpf.h. */
const HIERARCHY_SHIFT = 45n;
/** MOST_CGROUPS of bpf/select.bpf.h. */
export const MOST_CGROUPS = 16;

/** v1 controllers, best first: the hierarchies that container runtimes use, with their names in /proc/cgroups. */
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

const MOUNTS = "/proc/self/mountinfo";

/** A mounted cgroup hierarchy. */
interface Hierarchy {
  /** 0 for v2. */
  number: number;
  /** Of v1. */
  controllers: string[];
  mountPoint: string;
  /** What of the hierarchy is mounted there. */
  root: string;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The numbers of the v1 hierarchies by controller; a controller that is v2's, or off, is not among them. */
function v1Numbers(): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const line of read("/proc/cgroups").split("\n")) {
    const [name, hierarchy] = line.split(/\s+/);
    if (name && Number(hierarchy) > 0) numbers.set(name, Number(hierarchy));
  }
  return numbers;
}

/** The v1 controller whose hierarchy best says where a process lives; none where v2 has them all. */
export function v1Controller(): number {
  const numbers = v1Numbers();
  return controllers.find(([name]) => numbers.has(name))?.[1] ?? V1Controller.none;
}

/** proc(5): mountinfo writes spaces and their kind as octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** @throws Error where nobody says what is mounted: a path cannot be found then, but that is not for its being wrong. */
function mounts(): string {
  try {
    return readFileSync(MOUNTS, "utf8");
  } catch (error) {
    const reason = describeErrno(-((error as NodeJS.ErrnoException).errno ?? 0));
    throw new Error(`the cgroups cannot be looked up: ${MOUNTS} cannot be read: ${reason}`);
  }
}

function mounted(): Hierarchy[] {
  const numbers = v1Numbers();
  return mounts()
    .split("\n")
    .flatMap((line) => {
      const [before, after] = line.split(" - ");
      const [type, , options] = after?.split(" ") ?? [];
      const [, , , root, mountPoint] = before!.split(" ");
      if (type !== "cgroup" && type !== "cgroup2") return [];
      const names = type === "cgroup2" ? [] : options!.split(",").filter((option) => numbers.has(option));
      if (type === "cgroup" && !names.length) return [];
      const number = names.length ? numbers.get(names[0]!)! : 0;
      return [{ number, controllers: names, mountPoint: unescape(mountPoint!), root: unescape(root!) }];
    });
}

function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

/** The cgroup with that path in a hierarchy, if it is there. */
function findIn({ number, mountPoint, root }: Hierarchy, path: string): WantedCgroup | undefined {
  // somebody may as well give the path of the folder
  const asked = isBelow(path, mountPoint) ? join(root, path.slice(mountPoint.length)) : path;
  if (!isBelow(asked, root)) return undefined;
  const stat = statSync(join(mountPoint, root === "/" ? asked : asked.slice(root.length)), {
    bigint: true,
    throwIfNoEntry: false,
  });
  if (!stat?.isDirectory()) return undefined;
  return { id: stat.ino + (BigInt(number) << HIERARCHY_SHIFT) };
}

export interface FoundCgroups {
  cgroups: WantedCgroup[];
  /** The v1 hierarchy that has those of them that are not v2's. */
  controller: number;
}

/** A path that is nowhere; or all are somewhere, but no one of v1's hierarchies has those that v2 has not. */
export type NotFound = { missing: string } | { scattered: true };

/** Finds cgroups by their paths, in v2's hierarchy and in one of v1's: the kernel part looks at no more. */
export function findCgroups(paths: readonly string[]): FoundCgroups | NotFound {
  const hierarchies = mounted();
  const v2 = hierarchies.filter(({ number }) => number === 0);
  const anywhere = new Set<string>();
  for (const [name, controller] of [...controllers, ["", v1Controller()] as const]) {
    const looked = [...v2, ...hierarchies.filter((hierarchy) => hierarchy.controllers.includes(name))];
    const found = paths.map((path) =>
      looked.flatMap((hierarchy) => {
        const cgroup = findIn(hierarchy, path.length > 1 ? path.replace(/\/+$/, "") : path);
        return cgroup ? [cgroup] : [];
      }),
    );
    for (const [i, path] of paths.entries()) if (found[i]!.length) anywhere.add(path);
    if (found.every(({ length }) => length)) return { cgroups: found.flat(), controller };
  }
  const missing = paths.find((path) => !anywhere.has(path));
  return missing === undefined ? { scattered: true } : { missing };
}
