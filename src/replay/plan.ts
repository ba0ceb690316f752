import type { Choice } from "../filter/selection.ts";
import type { TracePlan } from "../trace/plan.ts";

/** A time since 1970 UTC. */
interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Everything that the options decide about a replay. */
export interface ReplayPlan {
  /** How exits are selected and written, as in a trace; `selection.users` has uids only. */
  trace: TracePlan;
  /** The recordings, in this order; `-` is stdin. */
  files: readonly string[];
  /** Users by name, as the recordings have them. */
  userNames: Choice<string>;
  /** The keys that the selection compares. */
  needs: readonly string[];
  /** The first and the last time; undefined: no limit. */
  since: Moment | undefined;
  until: Moment | undefined;
}
