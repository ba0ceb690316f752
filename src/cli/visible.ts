import { ByteWriter, bytesOf } from "../output/byte-writer.ts";
import { writeInline, writePlain } from "../output/escape.ts";

const LONGEST = 400;
/** What a name in a sentence may take, in characters. */
const LONGEST_NAME = 60;

function written(write: typeof writePlain, text: string): string {
  const out = new ByteWriter();
  const bytes = bytesOf(text);
  write(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

/** Somebody's words in a text of ours, in any language: harmless to a terminal, in one line, and not endless. */
export function harmless(text: string, longest = LONGEST): string {
  return written(writeInline, text.length > longest ? `${text.slice(0, longest - 3)}...` : text);
}

/**
 * A name that somebody chose (a file, a user, an option's value) in a sentence: itself, or `$'…'` where it holds what a terminal must not
 * see; no longer than a line.
 */
export function visible(text: string): string {
  let shown = written(writePlain, text.slice(0, LONGEST));
  for (let length = Math.min(text.length, LONGEST_NAME); shown.length > LONGEST_NAME; length--) {
    shown = written(writePlain, `${text.slice(0, length).toWellFormed()}...`);
  }
  return shown;
}
