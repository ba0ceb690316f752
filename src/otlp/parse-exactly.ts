/** Parses JSON and keeps integers beyond 2^53 exactly, as the lines of exitsnoop have them. */

/** Matches a number that may be beyond 2^53, which has 16 digits; also inside a string. */
const hasLargeNumber = /[:[,]\s*-?\d{16}/;
const INTEGER = /^-?\d{1,40}$/;
/** The property with an object's integers that a JavaScript number would round, by their keys. */
const EXACT = Symbol("exact integers");

interface WithExact {
  [EXACT]?: Record<string, bigint>;
}

/** A reviver of JSON.parse() that stores a rounded integer exactly in its object's EXACT. */
function keepExactly(this: WithExact, key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  if (source !== undefined && INTEGER.test(source)) (this[EXACT] ??= {})[key] = BigInt(source);
  return value;
}

/** Parses JSON as JSON.parse() does, for exactInteger(). @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return hasLargeNumber.test(text) ? JSON.parse(text, keepExactly) : JSON.parse(text);
}

/** Returns the exact value of an object's number; undefined: the number is exact, or no integer. */
export function exactInteger(object: object, key: string): bigint | undefined {
  return (object as WithExact)[EXACT]?.[key];
}
