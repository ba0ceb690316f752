/** Matches globs with texts of any length, where the automaton of names would be too large. */
import { type Part, parseGlob } from "./glob.ts";
import type { Choice } from "./selection.ts";

/** Returns the bytes of the character at a position if the part matches it, else 0. */
function matchCharacter({ sequences }: Part, text: Uint8Array, at: number, end: number): number {
  for (const { bytes, isCut } of sequences) {
    const { length } = bytes;
    let i = 0;
    while (i < length && at + i < end && bytes[i]![0] <= text[at + i]! && text[at + i]! <= bytes[i]![1]) i++;
    const isContinued = isCut && at + i < end && text[at + i]! >> 6 === 2;
    if (i === length && !isContinued) return length;
  }
  return 0;
}

/**
 * Returns true if a pattern matches a text of that many bytes. Only the last star is tried with
 * more characters: the time is at most the product of both lengths.
 */
export function matchesGlob(pattern: readonly Part[], text: Uint8Array, length: number): boolean {
  let part = 0;
  let star = -1;
  let starEnd = 0;
  for (let at = 0; at < length;) {
    const current = pattern[part];
    if (current?.isStar) {
      star = part++;
      starEnd = at;
      continue;
    }
    const size = current ? matchCharacter(current, text, at, length) : 0;
    if (size) {
      at += size;
      part++;
    } else if (star >= 0) {
      starEnd += matchCharacter(pattern[star]!, text, starEnd, length);
      at = starEnd;
      part = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[part]?.isStar) part++;
  return part === pattern.length;
}

/** Returns a function that applies a choice of globs to the first bytes of a text. */
export function compileGlobs({ selected, removed }: Choice<string>): (text: Uint8Array, length: number) => boolean {
  const patterns = selected.map(parseGlob);
  const removedPatterns = removed.map(parseGlob);
  return (text, length) =>
    (!patterns.length || matchesAny(patterns, text, length)) && !matchesAny(removedPatterns, text, length);
}

/** A loop instead of some(): its function would be allocated for each exit. */
function matchesAny(patterns: readonly Part[][], text: Uint8Array, length: number): boolean {
  for (const pattern of patterns) if (matchesGlob(pattern, text, length)) return true;
  return false;
}
