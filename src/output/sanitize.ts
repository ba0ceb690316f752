/** Makes foreign text safe for a terminal. Every message passes through here: see say.ts. */
import { ByteWriter, bytesOf } from "./byte-writer.ts";
import { isUnsafeText, writeInline, writePlain } from "./escape.ts";

const MAX_LENGTH = 400;
const MAX_WORD = 60;
const MAX_PATH = 240;
const CUT = "...";

function written(write: typeof writePlain, text: string): string {
  const out = new ByteWriter();
  const bytes = bytesOf(text);
  write(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

/** Returns true if a terminal could show the text as something else than it is. */
export function isUnsafe(text: string): boolean {
  const bytes = bytesOf(text);
  return isUnsafeText(bytes, 0, bytes.length);
}

/** Escapes unsafe characters and keeps the rest; a second call changes nothing. */
export function escapeUnsafe(text: string): string {
  return written(writeInline, text);
}

/** Escapes the unsafe characters of a foreign text and bounds its length, for a line of its own. */
export function harmless(text: string, longest = MAX_LENGTH): string {
  return escapeUnsafe(text.length > longest ? `${text.slice(0, longest - CUT.length)}${CUT}` : text);
}

/**
 * Formats a foreign word in a sentence (a file, a user, an option's value): the word itself, with
 * letters of any script, or `$'…'` with escapes if it has characters that are unsafe for a
 * terminal. So a typed `\x1b` differs from an escaped one. A long word loses its middle.
 */
export function visible(text: string, longest = MAX_WORD): string {
  const whole = text.length > longest ? undefined : written(writePlain, text);
  if (whole !== undefined && whole.length <= longest) return whole;
  for (let half = Math.floor((longest - CUT.length) / 2); half > 0; half--) {
    const [head, tail] = [text.slice(0, half), text.slice(-half)];
    const shown = written(writePlain, `${head.toWellFormed()}${CUT}${tail.toWellFormed()}`);
    if (shown.length <= longest) return shown;
  }
  return CUT;
}

/**
 * Formats a path in a sentence: like visible(), but with room for the name of a file in deep
 * directories.
 */
export function visiblePath(path: string): string {
  return visible(path, MAX_PATH);
}
