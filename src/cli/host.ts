import type { CgroupNames } from "../recorder/find-cgroup-names.ts";
import type { FoundCgroups, InvalidCgroup } from "../recorder/find-cgroups.ts";

/** The facts about this machine that planTrace() needs; tests replace them. */
export interface Host {
  isTerminal(fd: number): boolean;
  environment: NodeJS.ProcessEnv;
  /** Returns the machine's name, its machine-id(5) if it has one, and its architecture. */
  identity?(): { name: string; id: string | undefined; arch: string };
  userId(name: string): number | undefined;
  v1Controller(): number;
  findCgroups(paths: readonly string[], names?: CgroupNames): FoundCgroups | InvalidCgroup;
}
