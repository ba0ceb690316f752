/** Makes text that others chose safe for a terminal. src/log.ts passes every message through it. */
import { bytesOf } from "./byte-writer.ts";
import { escapeText, hasUnsafeBytes, writeInline, writePlain } from "./escape.ts";

const MAX_TEXT = 400;
const MAX_WORD = 60;
const MAX_PATH = 240;
const CUT = "...";
/** Matches text that needs no escapes, as most. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Returns true if a terminal could show the text differently or act on it. */
export function isUnsafeText(text: string): boolean {
  const bytes = bytesOf(text);
  return hasUnsafeBytes(bytes, 0, bytes.length);
}

/** Cuts a text and escapes its unsafe characters; a second call changes nothing. */
export function sanitizeForTerminal(text: string, maxLength = MAX_TEXT): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - CUT.length)}${CUT}` : text;
  return PLAIN.test(cut) ? cut : escapeText(cut, writeInline);
}

/**
 * Formats a word in a message (a file, a user, an option's value): the word itself, or `$'…'` with
 * escapes if it has unsafe characters. So a typed `\x1b` differs from an escaped one. A long word
 * loses its middle.
 */
export function quoteWord(text: string, maxLength = MAX_WORD): string {
  const whole = text.length > maxLength ? undefined : escapeText(text, writePlain);
  if (whole !== undefined && whole.length <= maxLength) return whole;
  for (let half = Math.floor((maxLength - CUT.length) / 2); half > 0; half--) {
    const [head, tail] = [text.slice(0, half), text.slice(-half)];
    const shown = escapeText(`${head.toWellFormed()}${CUT}${tail.toWellFormed()}`, writePlain);
    if (shown.length <= maxLength) return shown;
  }
  return CUT;
}

/** Formats a path in a message: like quoteWord(), with room for a file in deep directories. */
export function quotePath(path: string): string {
  return quoteWord(path, MAX_PATH);
}
