/**
 * `yes`: all is well. `limited`: exits are traced, but something else is not to be had. `no`: this alone keeps us from tracing. `unknown`:
 * nobody lets us look.
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
  /** The same for machines: keys are part of what docs/doctor.md promises. */
  facts?: Record<string, string | number | boolean | null>;
}

/** One line of the doctor's. */
export interface Check {
  /** JSON's key. */
  key: string;
  /** The line's heading. */
  name: string;
  look(): Finding;
}

export const yes = (found: string, facts: Finding["facts"] = {}): Finding => ({ state: "yes", found, facts });
export const limited = (found: string, advice: string, facts: Finding["facts"] = {}): Finding => ({
  state: "limited",
  found,
  advice,
  facts,
});
export const no = (found: string, advice: string, facts: Finding["facts"] = {}): Finding => ({
  state: "no",
  found,
  advice,
  facts,
});
export const unknown = (found: string, advice?: string, facts: Finding["facts"] = {}): Finding => ({
  state: "unknown",
  found,
  advice,
  facts,
});
