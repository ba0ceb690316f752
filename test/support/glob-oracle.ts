/**
 * Runs the automaton of names, and matches patterns in another way: by backtracking over the
 * characters of the name.
 */
import type { NameAutomaton } from "../../src/filter/name-automaton.ts";
import { NameState } from "../../src/record/layout.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Feeds the bytes of the name and a NUL to the automaton, as the BPF program does. */
export function acceptsName({ next }: NameAutomaton, name: Uint8Array): boolean {
  let state: number = NameState.start;
  for (const byte of [...name, 0]) state = next[state * 256 + byte]!;
  if (state !== 0 && state !== NameState.accepted) throw new Error(`state ${state} after the NUL`);
  return state === NameState.accepted;
}

/** Returns true if the pattern matches the name. */
export const matchesByBacktracking = (pattern: string, name: Uint8Array) =>
  matchesFrom([...pattern], charactersOf(name));

/** Splits a name into characters; an invalid sequence of bytes is undefined. */
function charactersOf(name: Uint8Array): (string | undefined)[] {
  const characters: (string | undefined)[] = [];
  for (let at = 0; at < name.length;) {
    const end = sequenceEnd(name, at);
    try {
      characters.push(decoder.decode(name.subarray(at, end)));
    } catch {
      characters.push(undefined);
    }
    at = end;
  }
  return characters;
}

/** Returns the end of the sequence that begins at a byte: its length depends on the first byte. */
function sequenceEnd(name: Uint8Array, at: number): number {
  const first = name[at]!;
  const length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  let end = at + 1;
  while (end < name.length && end < at + length && (name[end]! & 0xc0) === 0x80) end++;
  return end;
}

function matchesFrom(pattern: string[], name: (string | undefined)[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return name.length === 0;
  if (head === "*") return matchesFrom(rest, name) || (name.length > 0 && matchesFrom(pattern, name.slice(1)));
  if (name.length === 0) return false;
  if (head === "?") return matchesFrom(rest, name.slice(1));
  const bracket = head === "[" ? parseBracket(pattern, name[0]) : undefined;
  if (bracket) return bracket.accepts && matchesFrom(bracket.rest, name.slice(1));
  if (head === "\\" && rest.length) return rest[0] === name[0] && matchesFrom(rest.slice(1), name.slice(1));
  return head === name[0] && matchesFrom(rest, name.slice(1));
}

/**
 * Returns whether the bracket at the start of the pattern accepts the character, and the pattern
 * after it; undefined if the bracket is not closed.
 */
function parseBracket(
  pattern: string[],
  character: string | undefined,
): { accepts: boolean; rest: string[] } | undefined {
  const inside = pattern.slice(1);
  const isNegated = inside[0] === "!" || inside[0] === "^";
  if (isNegated) inside.shift();
  const next = () => (inside[0] === "\\" && inside.length > 1 ? inside.splice(0, 2)[1]! : inside.shift()!);
  let isInside = false;
  let isFirst = true;
  while (inside.length && (isFirst || inside[0] !== "]")) {
    isFirst = false;
    const low = next();
    let high = low;
    if (inside[0] === "-" && inside.length > 1 && inside[1] !== "]") {
      inside.shift();
      high = next();
    }
    if (character !== undefined && code(low) <= code(character) && code(character) <= code(high)) isInside = true;
  }
  return inside.length ? { accepts: isInside !== isNegated, rest: inside.slice(1) } : undefined;
}

const code = (character: string) => character.codePointAt(0)!;
