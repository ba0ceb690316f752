import { writeShellWord } from "../output/shell.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { quoteWord } from "../text/sanitize.ts";

/** The length of a command line in a message, in characters, and of one of its words. */
const MAX_LENGTH = 200;
const MAX_WORD_LENGTH = 120;

/** Quotes a command line for a message and for a shell. A long one is cut and ends in `...`. */
export function shellLine(words: readonly string[]): string {
  let line = "";
  for (const word of words) {
    if (line.length > MAX_LENGTH) return `${line} ...`;
    line = line === "" ? shellWord(word) : `${line} ${shellWord(word)}`;
  }
  return line;
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
