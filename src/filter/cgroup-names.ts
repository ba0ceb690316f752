import { CgroupMatch, CgroupState } from "../record/layout.ts";
import { type CgroupTransition, type CompiledCgroupPaths, compileCgroupPaths } from "./cgroup-paths.ts";
import { isOn, type Selection } from "./selection.ts";

/**
 * Matches a name that has a container's id, as bpf/cgroup_names.bpf.h does: 64 hex digits at its
 * end or before `.scope`, at the start or after a dash or a colon.
 */
const container = /(?:^|[-:])([0-9a-f]{64})(?:\.scope)?$/;

/** The cgroup of conmon, which monitors a container of podman or CRI-O, has the id as well. */
const monitor = /(?:^|-)conmon-[0-9a-f]{64}(?:\.scope)?$/;

/** Returns the id of the container whose cgroup has this name; undefined: no container's has. */
export function containerIdIn(name: string): string | undefined {
  return monitor.test(name) ? undefined : container.exec(name)?.[1];
}

/** The filters by cgroup, unit and container, compiled for the BPF program. */
export interface CompiledCgroups extends CompiledCgroupPaths {
  /** The smallest depth of a cgroup that can match. */
  minDepth: number;
  hasUnits: boolean;
  /** The distinct lengths of the ids of containers, which may be shortened. */
  containerLengths: number[];
  /** Bits of CgroupMatch: one for each filter that selects any cgroup. */
  required: number;
  /** True if some values are removed. */
  removes: boolean;
}

/** Returns the transitions for names that match wherever they are in a path. */
function nameTransitions(state: number, selected: readonly string[], removed: readonly string[], match: number) {
  const byName = new Map<string, number>(selected.map((name) => [name, match]));
  for (const name of removed) byName.set(name, (byName.get(name) ?? 0) | CgroupMatch.removed);
  return Array.from(byName, ([name, bits]): CgroupTransition => ({
    state,
    name: Buffer.from(name),
    next: 0,
    complete: 0,
    match: bits,
  }));
}

type CgroupChoices = Pick<Selection, "cgroups" | "units" | "containers">;

/** Returns the bits of CgroupMatch that a path must have to be selected. */
export function requiredMatches({ cgroups, units, containers }: CgroupChoices): number {
  return (
    (cgroups.selected.length ? CgroupMatch.path : 0) |
    (units.selected.length ? CgroupMatch.unit : 0) |
    (containers.selected.length ? CgroupMatch.container : 0)
  );
}

/** Compiles the filters by cgroup; undefined if all are off. */
export function compileCgroups({ cgroups, units, containers }: CgroupChoices): CompiledCgroups | undefined {
  if (![cgroups, units, containers].some(isOn)) return undefined;
  const paths = compileCgroupPaths(cgroups.selected, cgroups.removed);
  const ids = [...containers.selected, ...containers.removed];
  const hasNames = isOn(units) || isOn(containers);
  return {
    ...paths,
    transitions: [
      ...paths.transitions,
      ...nameTransitions(CgroupState.unit, units.selected, units.removed, CgroupMatch.unit),
      ...nameTransitions(CgroupState.container, containers.selected, containers.removed, CgroupMatch.container),
    ],
    // a name has a depth of 1 at least
    minDepth: Math.min(...paths.depths, ...(hasNames ? [1] : [])),
    hasUnits: isOn(units),
    containerLengths: [...new Set(ids.map(({ length }) => length))],
    required: requiredMatches({ cgroups, units, containers }),
    removes: [cgroups, units, containers].some(({ removed }) => removed.length > 0),
  };
}
