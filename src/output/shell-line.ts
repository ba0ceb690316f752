import { escapeText } from "../text/escape.ts";
import { writeShellWord } from "./shell.ts";

/** The length of a command line in a message, in characters, and of one of its words. */
const MAX_LENGTH = 200;
const MAX_WORD_LENGTH = 120;
const CUT = "...";

/** Quotes a command line for a message and for a shell. A long one is cut and ends in `...`. */
export function shellLine(words: readonly string[]): string {
  let line = "";
  for (const word of words) {
    if (line.length > MAX_LENGTH) return `${line} ${CUT}`;
    line = line === "" ? shellWord(word) : `${line} ${shellWord(word)}`;
  }
  return line;
}

/** Quotes one word. A long one is cut in the middle. */
function shellWord(word: string): string {
  const half = Math.floor((MAX_WORD_LENGTH - CUT.length) / 2);
  const shown =
    word.length > MAX_WORD_LENGTH
      ? `${word.slice(0, half).toWellFormed()}${CUT}${word.slice(-half).toWellFormed()}`
      : word;
  return escapeText(shown, writeShellWord);
}
