import { writeSync } from "node:fs";
import { createConsola, LogLevels } from "consola/core";
import { UsageError } from "./errors.ts";

const STDOUT = 1;
const STDERR = 2;

/**
 * What is said to people, on stderr. Written at once: the tracer sleeps outside the event loop, where a queued line would
 * wait for ever. Errors and warnings begin with the program's name; the rest is plain.
 */
export const say = createConsola({
  level: LogLevels.info,
  reporters: [
    {
      log({ type, args }) {
        const prefix = type === "error" || type === "warn" ? "exitsnoop: " : "";
        try {
          writeSync(STDERR, `${prefix}${args.join(" ")}\n`);
        } catch {
          // nobody listens: there is nowhere left to say that
        }
      },
    },
  ],
});

/** Asked-for text goes to stdout, so that it can be paged. @returns the exit status */
export function print(text: string): number {
  writeSync(STDOUT, text);
  return 0;
}

/** @throws UsageError for both at once. */
export function setLoudness(given: { quiet?: true; verbose?: true }): void {
  if (given.quiet && given.verbose) throw new UsageError("--quiet and --verbose contradict each other; leave one out");
  if (given.quiet) say.level = LogLevels.warn;
  if (given.verbose) say.level = LogLevels.debug;
}

export function isVerbose(): boolean {
  return say.level >= LogLevels.debug;
}
