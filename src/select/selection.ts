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
  cgroups: readonly WantedCgroup[];
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

/** A cgroup as the recorder knows it. */
export interface WantedCgroup {
  /** Its kernfs id, and its hierarchy's number above that: bpf/place.bpf.h. */
  id: bigint;
}
