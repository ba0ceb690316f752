import { shellLine } from "../output/shell-line.ts";
import { quoteWord } from "../text/sanitize.ts";

/**
 * Appends to a message how to trace a program whose name was taken for something else, such as a
 * subcommand.
 */
export function withProgramHint(message: string, name: string, words: readonly string[]): string {
  const start = message.endsWith("?") ? `${message} To` : `${message}; to`;
  return `${start} trace a program named ${quoteWord(name)}: ${shellLine(words)}`;
}
