import type { CgroupPath } from "./cgroup-paths.ts";

/** PID_MAX_LIMIT of include/linux/threads.h on 64-bit machines. */
export const PID_MAX_LIMIT = 4 * 1024 * 1024;

/**
 * The values of one filter. A filter without values is off. One that has only removed values
 * selects all others.
 */
export interface Choice<T> {
  selected: readonly T[];
  /** The values after a `!`, which are removed from the selected ones. */
  removed: readonly T[];
}

/** The filters for exits. An exit must pass all of them, and passes one by any of its values. */
export interface Selection {
  /** Passes only exits with a status other than 0. */
  onlyFailed: boolean;
  /** Process ids (thread group ids). */
  pids: Choice<number>;
  /** Process ids of parents. */
  parents: Choice<number>;
  /** Processes that run, by their pids in the tracer's PID namespace: passes their descendants. */
  tree: Choice<number>;
  /** Globs for the process's name (comm), or the thread's if threads are traced. */
  names: Choice<string>;
  /** Globs for the command line. User space applies them, unlike the other filters. */
  args: Choice<string>;
  /** Real user ids. */
  users: Choice<number>;
  outcome: OutcomeFilter;
  /** Passes processes in these cgroups and in their descendants. */
  cgroups: Choice<CgroupPath>;
  /** Names of systemd units, with their suffixes: passes processes in a cgroup of that name. */
  units: Choice<string>;
  /** Ids of containers, or their first digits. */
  containers: Choice<string>;
  /**
   * Names of containers, and ids besides them. User space applies them; `containers` is off then.
   */
  containerNames: Choice<string>;
  /** Nanoseconds since the process was forked. */
  minDuration: bigint;
  /** Nanoseconds; undefined: no limit. */
  maxDuration: bigint | undefined;
}

/** One filter with several options: an exit passes by any of them. */
export interface OutcomeFilter {
  /** Numbers of signals that killed the process. */
  signals: Choice<number>;
  /** Exit codes of processes that no signal killed. */
  codes: Choice<number>;
  coreDumps: boolean;
  oomKills: boolean;
}

export const ANY: Choice<never> = { selected: [], removed: [] };

export const ALL_EXITS: Selection = {
  onlyFailed: false,
  pids: ANY,
  parents: ANY,
  tree: ANY,
  names: ANY,
  args: ANY,
  users: ANY,
  outcome: { signals: ANY, codes: ANY, coreDumps: false, oomKills: false },
  cgroups: ANY,
  units: ANY,
  containers: ANY,
  containerNames: ANY,
  minDuration: 0n,
  maxDuration: undefined,
};

/** Returns true if a filter is on. */
export function isOn({ selected, removed }: Choice<unknown>): boolean {
  return selected.length + removed.length > 0;
}
