import { COMM_LEN, NameState } from "../record/layout.ts";
import { type Part, parseGlob } from "./glob.ts";
import { type Range, subtract } from "./utf8-sequences.ts";

/** The maximum length of a process's name; a NUL follows. */
export const MAX_COMM_BYTES = COMM_LEN - 1;
/** Bounds the kernel memory: a state takes 512 bytes. */
const MAX_STATES = 4096;
const DEAD = 0;

/**
 * A deterministic automaton over the bytes of a name and the NUL after it. It runs in the BPF
 * program, before a record is written, and many patterns cost no more than one.
 */
export interface NameAutomaton {
  states: number;
  /**
   * `next[256 * state + byte]` is the next state: NameState.accepted after the NUL of a matching
   * name, 0 as soon as nothing can match. The first state is NameState.start.
   */
  next: Uint16Array;
}

/** The end of a pattern. */
const END: Part = { sequences: [{ bytes: [[0, 0]], isCut: false }] };
/** A pattern that every name matches. */
const EVERY = "*";

/** A position in the patterns: a part, and the rest of one of its sequences of bytes. */
interface Position {
  part: number;
  bytes: readonly Range[];
  isCut: boolean;
}

/** The patterns, one after the other, and the steps between their positions. */
class PositionGraph {
  #parts: readonly Part[];
  /** The index of the first part of a removed pattern. */
  #removed: number;

  constructor(patterns: readonly string[], removed: readonly string[]) {
    const partsOf = (globs: readonly string[]) => globs.flatMap((glob) => [...parseGlob(glob), END]);
    const parts = partsOf(patterns);
    this.#removed = parts.length;
    this.#parts = [...parts, ...partsOf(removed)];
  }

  start(): Position[] {
    return this.#parts.flatMap((_, i) => (i === 0 || this.#parts[i - 1] === END ? this.#enter(i) : []));
  }

  /** Returns true if a name that ends at these positions matches a pattern, and no removed one. */
  accepts(positions: readonly Position[]): boolean {
    const [selected, removed] = this.#split(positions.filter(({ part }) => this.#parts[part] === END));
    return selected.length > 0 && !removed.length;
  }

  /** Returns the positions after a byte other than NUL; none if no name can be accepted. */
  step(positions: readonly Position[], byte: number): Position[] {
    const next = positions.flatMap((position) => this.#advance(position, byte));
    const [selected, removed] = this.#split(next).map((group) => this.#reduce(group)) as [Position[], Position[]];
    return selected.length ? [...selected, ...removed] : [];
  }

  #split(positions: readonly Position[]): [selected: Position[], removed: Position[]] {
    const isRemoved = ({ part }: Position) => part >= this.#removed;
    return [positions.filter((each) => !isRemoved(each)), positions.filter(isRemoved)];
  }

  /** In a star at a pattern's end that takes any byte, the name matches whatever follows. */
  #reduce(positions: Position[]): Position[] {
    const last = positions.find(
      ({ part, bytes }) => this.#parts[part]!.isStar && this.#parts[part + 1] === END && includes(bytes[0]!, 0x80),
    );
    return last ? this.#enter(last.part) : positions;
  }

  #advance({ part, bytes: [first, ...bytes], isCut }: Position, byte: number): Position[] {
    if (!includes(first!, byte)) return [];
    if (bytes.length) return [{ part, bytes, isCut }];
    const next = this.#enter(this.#parts[part]!.isStar ? part : part + 1);
    return isCut ? next.flatMap(withoutContinuation) : next;
  }

  /** Returns the positions before a part. A star may also match nothing. */
  #enter(part: number): Position[] {
    const { sequences, isStar } = this.#parts[part]!;
    const positions = sequences.map((sequence) => ({ part, ...sequence }));
    return isStar ? [...positions, ...this.#enter(part + 1)] : positions;
  }
}

function includes([low, high]: Range, byte: number): boolean {
  return low <= byte && byte <= high;
}

/** Removes the bytes that would continue the character before a position. */
function withoutContinuation(position: Position): Position[] {
  const [first, ...rest] = position.bytes;
  return subtract(first!, [[0x80, 0xbf]]).map((range) => ({ ...position, bytes: [range, ...rest] }));
}

/** Removes duplicates. Equal sets of positions have equal keys. */
function normalize(positions: readonly Position[]): { key: string; positions: Position[] } {
  const byKey = new Map(positions.map((position) => [Object.values(position).join(), position]));
  return { key: [...byKey.keys()].sort().join(" "), positions: [...byKey.values()] };
}

/** Returns the first byte of each interval of bytes that all positions treat alike. */
function intervalStarts(positions: readonly Position[]): number[] {
  const starts = new Set([1, ...positions.flatMap(({ bytes: [first] }) => [first![0], first![1] + 1])]);
  return [...starts].filter((byte) => byte > 0 && byte < 256).sort((a, b) => a - b);
}

/**
 * Compiles globs to an automaton for the names that match one of them, and none of the removed
 * ones. `?` and a set match one character. In invalid UTF-8, a character that is cut counts as one,
 * and so does an invalid byte.
 * @throws RangeError if the patterns together need too much kernel memory
 */
export function compileNames(patterns: readonly string[], removed: readonly string[] = []): NameAutomaton {
  const graph = new PositionGraph(patterns.length ? patterns : [EVERY], removed);
  const start = normalize(graph.start());
  const numbers = new Map<string, number>([[start.key, NameState.start]]);
  // the depth of a state is the length of the shortest names that lead to it
  const states = [DEAD, NameState.start, NameState.accepted].map((state) => ({
    positions: state === NameState.start ? start.positions : [],
    depth: 0,
    row: new Uint16Array(256),
  }));
  // the loop body appends new states
  for (const { positions, depth, row } of states) {
    if (graph.accepts(positions)) row[0] = NameState.accepted;
    if (depth === MAX_COMM_BYTES) continue;
    for (const byte of intervalStarts(positions)) {
      const next = normalize(graph.step(positions, byte));
      let number = next.positions.length ? numbers.get(next.key) : DEAD;
      if (number === undefined) {
        number = states.length;
        if (number === MAX_STATES) throw new RangeError("too many patterns to match at once");
        numbers.set(next.key, number);
        states.push({ positions: next.positions, depth: depth + 1, row: new Uint16Array(256) });
      }
      row.fill(number, byte);
    }
  }
  const next = new Uint16Array(states.length * 256);
  states.forEach(({ row }, state) => next.set(row, state * 256));
  return { states: states.length, next };
}
