/**
 * Globs over process names, as an automaton that the recorder runs in the kernel: bytes in, a state out. Names are compared before
 * a record takes room, and a list of patterns costs no more than one.
 */

/** TASK_COMM_LEN of include/linux/sched.h, without the NUL. */
export const NAME_BYTES = 15;

/** More would be patterns that nobody writes; each is 512 bytes of kernel memory. */
const MOST_STATES = 4096;

const DEAD = 0;
const START = 1;
const ACCEPTED = 2;

/**
 * `next[256 * state + byte]` is the state after a byte of the name, which ends with a NUL. 1 is the start, 2 after the NUL a match, 0
 * the certainty that nothing matches.
 */
export interface NameMatcher {
  states: number;
  next: Uint16Array;
}

/** Characters by their code points. What is no valid UTF-8 is in no range. */
interface CharacterSet {
  isNegated: boolean;
  ranges: readonly (readonly [low: number, high: number])[];
}

/** One position of a pattern: the bytes of a character, a set of characters, or any number of any. */
type Part = { literal: Uint8Array } | CharacterSet | "*";

const ANY: CharacterSet = { isNegated: true, ranges: [] };

function isSet(part: Part | undefined): part is CharacterSet {
  return part !== undefined && part !== "*" && "ranges" in part;
}

const encoder = new TextEncoder();

/** Reads `[…]` from `at` on; none where it is not closed. */
function readSet(characters: readonly string[], at: number): { set: CharacterSet; end: number } | undefined {
  let i = at + 1;
  const isNegated = characters[i] === "!" || characters[i] === "^";
  if (isNegated) i++;
  const ranges: [low: number, high: number][] = [];
  for (let isFirst = true; i < characters.length; isFirst = false) {
    if (characters[i] === "]" && !isFirst) {
      return { set: { isNegated, ranges }, end: i + 1 };
    }
    if (characters[i] === "\\" && i + 1 < characters.length) i++;
    const low = characters[i++]!.codePointAt(0)!;
    let high = low;
    if (characters[i] === "-" && i + 1 < characters.length && characters[i + 1] !== "]") {
      i++;
      if (characters[i] === "\\" && i + 1 < characters.length) i++;
      high = characters[i++]!.codePointAt(0)!;
    }
    ranges.push([low, high]);
  }
  return undefined;
}

function read(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < characters.length;) {
    const character = characters[i]!;
    const found = character === "[" ? readSet(characters, i) : undefined;
    if (found) {
      parts.push(found.set);
      i = found.end;
    } else if (character === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
      i++;
    } else if (character === "?") {
      parts.push(ANY);
      i++;
    } else {
      if (character === "\\" && i + 1 < characters.length) i++;
      parts.push({ literal: encoder.encode(characters[i]) });
      i++;
    }
  }
  return parts;
}

/** Whether it stands for more than itself. */
export function isGlob(pattern: string): boolean {
  return read(pattern).some((part) => part === "*" || isSet(part));
}

/** What a pattern that is no glob stands for. */
export function literalBytes(pattern: string): Uint8Array {
  return Uint8Array.from(read(pattern).flatMap((part) => (part !== "*" && "literal" in part ? [...part.literal] : [])));
}

/** How many bytes a character takes that begins so; 1 for a byte that begins none. */
function lengthOf(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 1;
}

/** The least code point that takes that many bytes: fewer would have done for what is below. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

/** Whether all code points of an interval are in the set, or none; undefined where some are. */
function decide({ isNegated, ranges }: CharacterSet, low: number, high: number, least: number): boolean | undefined {
  if (ranges.every((range) => high < range[0] || range[1] < low)) return isNegated;
  if (high < least || low > 0x10ffff || (low >= 0xd800 && high <= 0xdfff)) return isNegated;
  if (low < least || high > 0x10ffff || (low <= 0xdfff && high >= 0xd800)) return undefined;
  return ranges.some((range) => range[0] <= low && high <= range[1]) ? !isNegated : undefined;
}

/** A character of which some bytes have come. */
interface Begun {
  /** Continuation bytes that are still to come. */
  left: number;
  /** Its code point so far. */
  bits: number;
  /** The least valid one that takes so many bytes. */
  least: number;
  /** Whether it is meant, where that is certain already: then `bits` and `least` are 0, and many characters are one state. */
  verdict: boolean | undefined;
}

/** A place in a pattern. `offset` counts within a literal. */
interface Place {
  pattern: number;
  part: number;
  offset: number;
  begun?: Begun | undefined;
}

function keyOf({ pattern, part, offset, begun }: Place): string {
  return `${pattern}.${part}.${offset}.${begun ? `${begun.left}.${begun.bits}.${begun.least}.${begun.verdict}` : ""}`;
}

/** Runs all patterns at once: which places can be reached by which bytes. */
class Walk {
  constructor(readonly patterns: readonly Part[][]) {}

  start(): Place[] {
    return this.patterns.flatMap((_, pattern) => this.#enter(pattern, 0));
  }

  /** Whether a name that ends here has matched; one that was cut within a character has that as an invalid one. */
  isEnd(place: Place): boolean {
    if (place.begun) return this.#pass(place, this.#isInvalidMeant(place)).some((after) => this.isEnd(after));
    return place.part === this.patterns[place.pattern]!.length;
  }

  /** Without what no longer matters: in a last star, whatever follows, the name matches, and so do the other places' names. */
  settle(places: Place[]): Place[] {
    const last = places.find(({ pattern, part }) => {
      const parts = this.patterns[pattern]!;
      return part === parts.length - 1 && parts[part] === "*";
    });
    return last ? this.#enter(last.pattern, last.part) : places;
  }

  step(place: Place, byte: number): Place[] {
    const { pattern, part, offset, begun } = place;
    const current = this.patterns[pattern]![part];
    if (current === undefined) return [];
    if (current !== "*" && !isSet(current)) {
      if (current.literal[offset] !== byte) return [];
      return offset + 1 === current.literal.length
        ? this.#enter(pattern, part + 1)
        : [{ pattern, part, offset: offset + 1 }];
    }
    const isContinuation = (byte & 0xc0) === 0x80;
    // what was begun is not gone on with: it was a character of its own, if an invalid one
    if (begun && !isContinuation) {
      return this.#pass(place, this.#isInvalidMeant(place)).flatMap((after) => this.step(after, byte));
    }
    if (begun) return this.#take(place, { ...begun, left: begun.left - 1, bits: begun.bits * 64 + (byte & 0x3f) });
    const length = lengthOf(byte);
    if (length === 1 && byte >= 0x80) return this.#pass(place, this.#isInvalidMeant(place));
    const bits = length === 1 ? byte : byte & (0x7f >> length);
    return this.#take(place, { left: length - 1, bits, least: LEAST[length]!, verdict: undefined });
  }

  /** A place and, behind a star, the one after it. */
  #enter(pattern: number, part: number): Place[] {
    const place = { pattern, part, offset: 0 };
    return this.patterns[pattern]![part] === "*" ? [place, ...this.#enter(pattern, part + 1)] : [place];
  }

  #set({ pattern, part }: Place): CharacterSet {
    const current = this.patterns[pattern]![part];
    return isSet(current) ? current : ANY;
  }

  #isInvalidMeant(place: Place): boolean {
    return this.#set(place).isNegated;
  }

  /** Behind a whole character. */
  #pass({ pattern, part }: Place, isMeant: boolean): Place[] {
    if (!isMeant) return [];
    return this.#enter(pattern, this.patterns[pattern]![part] === "*" ? part : part + 1);
  }

  #take(place: Place, { left, bits, least, verdict }: Begun): Place[] {
    const certain = verdict ?? decide(this.#set(place), bits * 64 ** left, (bits + 1) * 64 ** left - 1, least);
    if (left === 0) return this.#pass(place, certain!);
    const { pattern, part } = place;
    const begun =
      certain === undefined ? { left, bits, least, verdict: certain } : { left, bits: 0, least: 0, verdict: certain };
    return [{ pattern, part, offset: 0, begun }];
  }
}

/**
 * The automaton for names that match one of the patterns: `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before what is to be itself.
 * `?` and a set mean a character; in invalid UTF-8 what there is of a cut character is one, and any other stray byte.
 * @throws RangeError where the patterns together need more states than the kernel should hold.
 */
export function compileNames(patterns: readonly string[]): NameMatcher {
  const walk = new Walk(patterns.map(read));
  const first = walk.start();
  const numbers = new Map([[keyOfAll(first), START]]);
  const states: Place[][] = [[], first, []];
  // how many bytes of a name lead to it at least: a name has no more than 15
  const depths = [0, 0, 0];
  const rows: Uint16Array[] = [new Uint16Array(256), new Uint16Array(256), new Uint16Array(256)];
  for (let state = START; state < states.length; state++) {
    if (state === ACCEPTED) continue;
    const places = states[state]!;
    const row = rows[state]!;
    row[0] = places.some((place) => walk.isEnd(place)) ? ACCEPTED : DEAD;
    for (let byte = 1; byte < 256 && depths[state]! < NAME_BYTES; byte++) {
      const after = walk.settle(places.flatMap((place) => walk.step(place, byte)));
      if (!after.length) continue;
      const key = keyOfAll(after);
      let number = numbers.get(key);
      if (number === undefined) {
        number = states.length;
        if (number >= MOST_STATES) throw new RangeError("too many patterns to match at once");
        numbers.set(key, number);
        states.push(unique(after));
        depths.push(depths[state]! + 1);
        rows.push(new Uint16Array(256));
      }
      row[byte] = number;
    }
  }
  const next = new Uint16Array(states.length * 256);
  rows.forEach((row, state) => next.set(row, state * 256));
  return { states: states.length, next };
}

function keyOfAll(places: readonly Place[]): string {
  return [...new Set(places.map(keyOf))].sort().join(" ");
}

/** The same place need not be looked at twice. */
function unique(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [keyOf(place), place])).values()];
}
