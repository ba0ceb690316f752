/** A wrong command line: status 2. The message says what is wrong and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Tracing is not possible here: status 1. The message says why and what to do. */
export class CannotTrace extends Error {
  override readonly name = "CannotTrace";
}
