/** Parses JSON with integers that are exact beyond 2^53, as those of exitsnoop's lines are. */

/** Matches a number that may be beyond 2^53, which has 16 digits; also within a text. */
const hasLargeNumber = /[:[,]\s*-?\d{16}/;
const INTEGER = /^-?\d{1,40}$/;

function exactly(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
}

/** Parses JSON; an integer beyond 2^53 becomes a bigint. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return hasLargeNumber.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
}
