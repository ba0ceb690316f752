/** The command line is wrong: exit status 2. The message says what is wrong and what to write. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Returns the error for two options that exclude each other. */
export function contradiction(first: string, second: string): UsageError {
  return new UsageError(`${first} and ${second} contradict each other; leave one out`);
}

/** Tracing is not possible: exit status 1. The message says why and what to do. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** The output has a permanent error: exit status 1. */
export class WriteError extends Error {
  override readonly name = "WriteError";
}

/**
 * The command after `--` cannot be executed. The exit status is a shell's: 127 if the command was
 * not found, 126 otherwise.
 */
export class ChildCommandError extends Error {
  override readonly name = "ChildCommandError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}
