import { CgroupMatch, FILE_NAME_BYTES } from "../record/layout.ts";

/** NAME_MAX of include/uapi/linux/limits.h: the bytes of one cgroup's name. */
export const MAX_NAME_BYTES = FILE_NAME_BYTES - 1;

/** A cgroup's path as the tracer sees it. */
export interface CgroupPath {
  /** The number of leading `..`: a cgroup namespace shows a path outside of it as `/../..`. */
  above: number;
  names: readonly string[];
}

export function parseCgroupPath(text: string): CgroupPath {
  const path = { above: 0, names: [] as string[] };
  for (const name of text.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") path.names.push(name);
    else if (path.names.pop() === undefined) path.above++;
  }
  return path;
}

export function formatCgroupPath({ above, names }: CgroupPath): string {
  return `/${[...Array.from({ length: above }, () => ".."), ...names].join("/")}`;
}

/** A step of the comparison in bpf/, which reads a path from its last name to its first. */
export interface CgroupTransition {
  state: number;
  name: Uint8Array;
  /** The state after the step; 0: no path continues. */
  next: number;
  /** Not 0: a path is complete, `complete - 1` levels above the tracer's root. */
  complete: number;
  /** Bits of CgroupMatch, for the path or name that is complete. */
  match: number;
}

export interface CompiledCgroupPaths {
  /**
   * The distinct depths of the paths, counted from the tracer's root. The paths of depth i begin in
   * state i + 1.
   */
  depths: number[];
  /** Bit i: a path without names ends at depth i. */
  nameless: number;
  /** Bit i: a removed path without names ends at depth i. */
  removedNameless: number;
  transitions: CgroupTransition[];
}

/** Compiles paths to the steps by which bpf/cgroup_filter.bpf.h compares a cgroup with them. */
export function compileCgroupPaths(
  selected: readonly CgroupPath[],
  removed: readonly CgroupPath[] = [],
): CompiledCgroupPaths {
  const paths = [...selected, ...removed];
  const depthOf = ({ above, names }: CgroupPath) => names.length - above;
  const depths = [...new Set(paths.map(depthOf))];
  const transitions = new Map<string, CgroupTransition>();
  let states = depths.length;
  let nameless = 0;
  let removedNameless = 0;
  for (const [i, path] of paths.entries()) {
    const isRemoved = i >= selected.length;
    const start = depths.indexOf(depthOf(path));
    if (!path.names.length && isRemoved) removedNameless |= 1 << start;
    else if (!path.names.length) nameless |= 1 << start;
    let state = start + 1;
    for (const [left, name] of path.names.toReversed().entries()) {
      const key = `${state}/${name}`;
      const step = transitions.get(key) ?? { state, name: Buffer.from(name), next: 0, complete: 0, match: 0 };
      transitions.set(key, step);
      if (left < path.names.length - 1) {
        step.next ||= ++states;
      } else {
        step.complete = path.above + 1;
        step.match |= isRemoved ? CgroupMatch.removed : CgroupMatch.path;
      }
      state = step.next;
    }
  }
  return { depths, nameless, removedNameless, transitions: [...transitions.values()] };
}
