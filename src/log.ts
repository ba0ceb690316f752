import { writeSync } from "node:fs";
import { createConsola, LogLevels } from "consola/core";
import { contradiction, WriteError } from "./errors.ts";
import { describeErrno } from "./native/errno.ts";
import { sanitizeForTerminal } from "./text/sanitize.ts";

const STDOUT = 1;
const STDERR = 2;
/** The delay before a full non-blocking pipe is written again. */
const RETRY_MS = 10;

type WriteMessage = (bytes: Uint8Array, length: number) => number;

/** Writes to stderr. Returns `length`: if stderr is closed or full, that cannot be reported. */
const writeToStderr: WriteMessage = (bytes, length) => {
  try {
    writeSync(STDERR, bytes, 0, length);
  } catch {
    // the result is the same
  }
  return length;
};

let writeMessage = writeToStderr;

/**
 * Replaces the function that writes messages, until the next call.
 * @param wrap returns the new function, given the one that writes to stderr and its descriptor; by
 * default that one.
 */
export function wrapMessages(wrap: (fd: number, write: WriteMessage) => WriteMessage = (_, write) => write): void {
  writeMessage = wrap(STDERR, writeToStderr);
}

/**
 * Writes messages for people to stderr, synchronously: the tracer sleeps outside the event loop,
 * where a queued line would wait for ever. Errors and warnings begin with the program's name. Each
 * message is one line without control characters, so that no text of a package, a file or a process
 * can forge a second message or control the terminal.
 */
export const log = createConsola({
  level: LogLevels.info,
  reporters: [
    {
      log({ type, args }) {
        const prefix = type === "error" || type === "warn" ? "exitsnoop: " : "";
        const line = `${prefix}${sanitizeForTerminal(args.join(" "), Number.POSITIVE_INFINITY)}\n`;
        const bytes = new TextEncoder().encode(line);
        writeMessage(bytes, bytes.length);
      },
    },
  ],
});

/**
 * Writes text that the user asked for (help, a report) to stdout, as fast as a pager reads it.
 * Stops if the reader goes away.
 * @returns the exit status. @throws WriteError
 */
export function print(text: string): number {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(STDOUT, bytes, done);
    } catch (error) {
      const { code, errno } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return 0;
      if (code !== "EAGAIN") throw new WriteError(`cannot write to standard output: ${describeErrno(-(errno ?? 0))}`);
      Bun.sleepSync(RETRY_MS);
    }
  }
  return 0;
}

/** @throws UsageError if both are given. */
export function setVerbosity(given: { quiet?: true; verbose?: true }): void {
  if (given.quiet && given.verbose) throw contradiction("--quiet", "--verbose");
  if (given.quiet) log.level = LogLevels.warn;
  if (given.verbose) log.level = LogLevels.debug;
}

export function isQuiet(): boolean {
  return log.level < LogLevels.info;
}

export function isVerbose(): boolean {
  return log.level >= LogLevels.debug;
}
