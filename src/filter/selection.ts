import type { CgroupPath } from "./cgroup-paths.ts";

/** PID_MAX_LIMIT of include/linux/threads.h on 64-bit machines. */
export const PID_MAX_LIMIT = 4 * 1024 * 1024;

/** The filters for exits. An exit must pass all of them; an empty list passes every exit. */
export interface Selection {
  /** Passes only exits with a status other than 0. */
  onlyFailed: boolean;
  /** Process ids (thread group ids). */
  pids: readonly number[];
  /** Process ids of parents. */
  parents: readonly number[];
  /** Globs for the process's name (comm). */
  names: readonly string[];
  /** Real user ids. */
  users: readonly number[];
  /** Numbers of signals that killed the process. */
  signals: readonly number[];
  /** Passes processes in these cgroups and in their descendants. */
  cgroups: readonly CgroupPath[];
  /** Nanoseconds since the process was forked. */
  minDuration: bigint;
}

export const ALL_EXITS: Selection = {
  onlyFailed: false,
  pids: [],
  parents: [],
  names: [],
  users: [],
  signals: [],
  cgroups: [],
  minDuration: 0n,
};
