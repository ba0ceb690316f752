/** The syntax of globs: `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before a literal character. */
import { type Range, type Sequence, sequencesOf } from "./utf8-sequences.ts";

/** A part of a pattern. */
export interface Part {
  /** The character of a literal; undefined for a set. */
  literal?: string;
  /** True for `*`: any number of characters. */
  isStar?: boolean;
  /** The characters that match, as bytes. */
  sequences: readonly Sequence[];
}

const any = (): Part => ({ sequences: sequencesOf([], true) });
const star = (): Part => ({ ...any(), isStar: true });
const encoder = new TextEncoder();

/** Parses the set at a `[`; undefined if no `]` closes it, so that the bracket is literal. */
function parseSet(characters: readonly string[], at: number): { part: Part; end: number } | undefined {
  let i = at + 1;
  const isNegated = characters[i] === "!" || characters[i] === "^";
  if (isNegated) i++;
  const parseCodePoint = () => {
    if (characters[i] === "\\" && i + 1 < characters.length) i++;
    return characters[i++]!.codePointAt(0)!;
  };
  const ranges: Range[] = [];
  while (i < characters.length) {
    if (characters[i] === "]" && ranges.length) {
      const set = ranges.filter(([low, high]) => low <= high);
      return { part: { sequences: sequencesOf(set, isNegated) }, end: i + 1 };
    }
    const low = parseCodePoint();
    const isRange = characters[i] === "-" && i + 1 < characters.length && characters[i + 1] !== "]";
    if (isRange) i++;
    ranges.push([low, isRange ? parseCodePoint() : low]);
  }
  return undefined;
}

export function parseGlob(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    const set = character === "[" ? parseSet(characters, i) : undefined;
    if (set) {
      parts.push(set.part);
      i = set.end - 1;
    } else if (character === "?") {
      parts.push(any());
    } else if (character === "*") {
      if (!parts.at(-1)?.isStar) parts.push(star());
    } else {
      if (character === "\\" && i + 1 < characters.length) i++;
      const literal = characters[i]!;
      const bytes = Array.from(encoder.encode(literal), (byte): Range => [byte, byte]);
      parts.push({ literal, sequences: [{ bytes, isCut: false }] });
    }
  }
  return parts;
}

/** Splits a list of patterns at the commas that are neither escaped nor in a set. */
export function splitGlobs(text: string): string[] {
  const characters = [...text];
  const patterns = [""];
  for (let i = 0; i < characters.length; i++) {
    const start = i;
    if (characters[i] === ",") {
      patterns.push("");
      continue;
    }
    if (characters[i] === "[") i = (parseSet(characters, i)?.end ?? i + 1) - 1;
    else if (characters[i] === "\\") i++;
    patterns.push(patterns.pop()! + characters.slice(start, i + 1).join(""));
  }
  return patterns;
}

/** Returns true if a pattern has a special character that is not escaped. */
export function isGlob(pattern: string): boolean {
  return parseGlob(pattern).some(({ literal }) => literal === undefined);
}

/** Returns the name that a pattern without special characters matches. */
export function literalBytes(pattern: string): Uint8Array {
  const literals = parseGlob(pattern).map(({ literal }) => literal ?? "");
  return encoder.encode(literals.join(""));
}
