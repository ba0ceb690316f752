/** Limits what a package's JSON can cost, before JSON.parse makes objects of it. */
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../text/ascii.ts";
import { PackageError } from "./errors.ts";

/** Counts members, elements and names: 1 MB of `{},{},…` would become 100 MB of objects. */
const MAX_VALUES = 256 * 1024;
/** Packages nest ten deep. */
const MAX_DEPTH = 64;

/** Returns the offset after the closing quote of the string that begins at `start`. */
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

/** Decodes a member's name as JSON.parse does. */
function decodeName(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    // JSON.parse of the whole text refuses it
    return literal;
  }
}

/**
 * Refuses JSON that would cost too much memory, and JSON that two readers could read differently:
 * two members of one name, and `__proto__`. Does not check the syntax. @throws PackageError
 */
export function checkJsonLimits(bytes: Uint8Array): void {
  const decoder = new TextDecoder();
  /** The names so far in each open object; undefined for an array. */
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
        if (open.push(bytes[at] === OPEN_BRACE ? new Set() : undefined) > MAX_DEPTH) {
          throw new PackageError(`it is nested more than ${MAX_DEPTH} deep (byte ${at})`);
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
        // a colon without a name: JSON.parse refuses it
        if (end === 0) break;
        const name = decodeName(decoder.decode(bytes.subarray(start, end)));
        const names = open.at(-1);
        if (name === "__proto__")
          throw new PackageError(`it has a member named __proto__ (byte ${start}), which no package has`);
        if (names?.has(name)) throw new PackageError(`${name} is given twice in one object (byte ${start})`);
        names?.add(name);
        [start, end] = [0, 0];
        break;
      }
    }
    if (values > MAX_VALUES) throw new PackageError(`it has more than ${MAX_VALUES} members and elements`);
  }
}
