import { shellLine } from "../output/shell-line.ts";
import { quoteWord } from "../text/sanitize.ts";

/** Adds how to trace a program whose name was taken for something else, to a message. */
export function orProgram(message: string, name: string, words: readonly string[]): string {
  const start = message.endsWith("?") ? `${message} To` : `${message}; to`;
  return `${start} trace a program named ${quoteWord(name)}: ${shellLine(words)}`;
}
