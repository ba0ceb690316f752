import { writeSync } from "node:fs";
import { createConsola, LogLevels } from "consola/core";
import { describeErrno } from "./native/errno.ts";
import { WriteError } from "./output/sink.ts";
import { UsageError } from "./errors.ts";
import { escapeUnsafe } from "./output/sanitize.ts";

const STDOUT = 1;
const STDERR = 2;
/** Until a pipe that somebody made non-blocking is asked again, ms. */
const PAUSE = 10;

/**
 * Prints messages to people on stderr. They are written at once: the tracer sleeps outside the
 * event loop, where a queued line would wait for ever. Errors and warnings begin with the program's
 * name. Each message is one line without control characters, whatever foreign text it contains: no
 * text of a package, a file or a process can forge a second message or control the terminal.
 */
export const say = createConsola({
  level: LogLevels.info,
  reporters: [
    {
      log({ type, args }) {
        const prefix = type === "error" || type === "warn" ? "exitsnoop: " : "";
        try {
          writeSync(STDERR, `${prefix}${escapeUnsafe(args.join(" "))}\n`);
        } catch {
          // nobody listens: there is nowhere left to say that
        }
      },
    },
  ],
});

/**
 * Asked-for text goes to stdout, so that it can be paged: in pieces where the reader is slow, and no further than he reads.
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
      Bun.sleepSync(PAUSE);
    }
  }
  return 0;
}

/** @throws UsageError for both at once. */
export function setVerbosity(given: { quiet?: true; verbose?: true }): void {
  if (given.quiet && given.verbose) throw new UsageError("--quiet and --verbose contradict each other; leave one out");
  if (given.quiet) say.level = LogLevels.warn;
  if (given.verbose) say.level = LogLevels.debug;
}

export function isVerbose(): boolean {
  return say.level >= LogLevels.debug;
}
