/**
 * The result of a check. `yes`: no problem. `limited`: exits are traced, but something else does
 * not work. `no`: exits cannot be traced. `unknown`: the check could not be made.
 */
export type State = "yes" | "limited" | "no" | "unknown";

/** Values for JSON; null: not known, or does not apply. */
export type Facts = Record<string, string | number | boolean | null>;

export interface Finding {
  state: State;
  /** A few words that describe what was found. */
  found: string;
  /** The remedy for `limited` and `no`. */
  advice?: string | undefined;
  facts?: Facts;
}

/** The options of doctor's command line that change how exits would be traced. */
export interface CheckOptions {
  btfFile: string | undefined;
}

export interface Check {
  /** The key in JSON, and the name of the check's file. */
  key: string;
  /** The heading of the line in the text report; the key if undefined. */
  name?: string;
  /** The keys of its facts. JSON always has all of them, as docs/doctor.md promises. */
  facts: readonly string[];
  run(options: CheckOptions): Finding;
}

const finding = (state: State, found: string, advice?: string, facts: Facts = {}): Finding => ({
  state,
  found,
  advice,
  facts,
});

export const yes = (found: string, facts?: Facts) => finding("yes", found, undefined, facts);
export const limited = (found: string, advice: string, facts?: Facts) => finding("limited", found, advice, facts);
export const no = (found: string, advice: string, facts?: Facts) => finding("no", found, advice, facts);
export const unknown = (found: string, advice?: string, facts?: Facts) => finding("unknown", found, advice, facts);
