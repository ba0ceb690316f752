import { writeShellWord } from "../output/shell.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { quoteWord } from "../text/sanitize.ts";

/** The number of words that a message shows of a command line. */
const MAX_WORDS = 8;
const MAX_WORD_LENGTH = 40;

/** Returns a command line for a message, quoted so that it can be pasted into a shell unless it is cut. */
export function shellLine(words: readonly string[]): string {
  const shown = words.slice(0, MAX_WORDS).map(shellWord);
  return (words.length > MAX_WORDS ? [...shown, "..."] : shown).join(" ");
}

function shellWord(word: string): string {
  if (word.length > MAX_WORD_LENGTH) return quoteWord(word, MAX_WORD_LENGTH);
  const out = new ByteWriter();
  const bytes = bytesOf(word);
  writeShellWord(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

/** Adds how to trace a program whose name was taken for something else, to a message. */
export function orProgram(message: string, name: string, words: readonly string[]): string {
  const start = message.endsWith("?") ? `${message} To` : `${message}; to`;
  return `${start} trace a program named ${quoteWord(name)}: ${shellLine(words)}`;
}
