import type { CgroupPath } from "./cgroup-paths.ts";

/** Which exits are wanted. Different kinds are *and*, the values of one kind are *or*; an empty list wants all. */
export interface Selection {
  /** Leave out exits with code 0. */
  onlyFailed: boolean;
  /** Thread-group ids. */
  pids: readonly number[];
  parents: readonly number[];
  /** Globs over comm. */
  names: readonly string[];
  /** Real user ids. */
  users: readonly number[];
  /** Signal numbers. */
  signals: readonly number[];
  /** Matches these cgroups and their descendants. */
  cgroups: readonly CgroupPath[];
  /** ns */
  leastDuration: bigint;
}

/** Every exit is wanted. */
export const nothingSelected: Selection = {
  onlyFailed: false,
  pids: [],
  parents: [],
  names: [],
  users: [],
  signals: [],
  cgroups: [],
  leastDuration: 0n,
};
