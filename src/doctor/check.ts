/**
 * `yes`: all is well. `limited`: exits are traced, but something else is not to be had. `no`: this alone keeps us from tracing.
 * `unknown`: nobody lets us look.
 */
export type State = "yes" | "limited" | "no" | "unknown";

/** Why something is not to be had, and what to do: the same words wherever it is said. */
export interface Explanation {
  why: string;
  advice: string;
  /** The check that says so, by its key. */
  check?: string;
}

/** What a check has found. */
export interface Finding {
  state: State;
  /** In a few words. */
  found: string;
  /** What to do about it. */
  advice?: string | undefined;
  /** The same for machines, as far as it is known. */
  facts?: Facts;
}

export type Facts = Record<string, string | number | boolean | null>;

/** What the command line says of how exits would be traced. */
export interface Asked {
  typesFile: string | undefined;
}

/** One line of the doctor's. */
export interface Check {
  /** JSON's key. */
  key: string;
  /** The line's heading. */
  name: string;
  /** The keys of what it may find, all of which docs/doctor.md promises to be there. */
  facts: readonly string[];
  look(asked: Asked): Finding;
}

export const yes = (found: string, facts: Facts = {}): Finding => ({ state: "yes", found, facts });
export const limited = (found: string, advice: string, facts: Facts = {}): Finding => ({
  state: "limited",
  found,
  advice,
  facts,
});
export const no = (found: string, advice: string, facts: Facts = {}): Finding => ({
  state: "no",
  found,
  advice,
  facts,
});
export const unknown = (found: string, advice?: string, facts: Facts = {}): Finding => ({
  state: "unknown",
  found,
  advice,
  facts,
});
