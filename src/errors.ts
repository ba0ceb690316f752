/** A wrong command line: status 2. The message says what is wrong and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Tracing is not possible here: status 1. The message says why and what to do. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** The command behind `--` cannot be run: 127 where there is none, 126 else, as in a shell. */
export class ChildCommandError extends Error {
  override readonly name = "ChildCommandError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}
