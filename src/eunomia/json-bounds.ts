/** What a package's JSON may cost, found out before JSON.parse makes objects of it. */
import { PackageError } from "./errors.ts";

/** Members, elements and their names: a megabyte of `{},{},…` would become a hundred megabytes. */
const MOST_VALUES = 256 * 1024;
/** A package nests ten deep. */
const DEEPEST = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the string that begins there ends: behind its quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (end >= 0) {
    let at = end;
    while (bytes[at - 1] === BACKSLASH) at--;
    if ((end - at) % 2 === 0) return end + 1;
    end = bytes.indexOf(QUOTE, end + 1);
  }
  return bytes.length;
}

/** A member's name as JSON.parse would read it. */
function nameOf(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    // JSON.parse of the whole will tell
    return literal;
  }
}

/**
 * Refuses what would cost too much, and what two readers could read differently: two members of one name, and `__proto__`. Text that is
 * no JSON passes. @throws PackageError
 */
export function checkBounds(bytes: Uint8Array): void {
  const decoder = new TextDecoder();
  /** The names in each object that is open; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  let values = 1;
  let [start, end] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        [start, end] = [at, endOfString(bytes, at)];
        at = end - 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        values++;
        if (open.push(bytes[at] === OPEN_BRACE ? new Set() : undefined) > DEEPEST) {
          throw new PackageError(`it is nested more than ${DEEPEST} deep, at byte ${at}`);
        }
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        break;
      case COMMA:
        values++;
        break;
      case COLON: {
        values++;
        // no name before it: JSON.parse will tell
        if (end === 0) break;
        const name = nameOf(decoder.decode(bytes.subarray(start, end)));
        const names = open.at(-1);
        if (name === "__proto__") throw new PackageError(`no package has a member __proto__, as here at byte ${start}`);
        if (names?.has(name)) throw new PackageError(`${name} stands twice in one object, again at byte ${start}`);
        names?.add(name);
        [start, end] = [0, 0];
        break;
      }
    }
    if (values > MOST_VALUES) throw new PackageError(`it has more than ${MOST_VALUES} members and elements in it`);
  }
}
