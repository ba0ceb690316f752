/** A cause of a failure and its remedy, in the words that both tracing and doctor print. */
export interface Explanation {
  why: string;
  advice: string;
  /** The key of the doctor check that reports this cause. */
  check?: string;
}
