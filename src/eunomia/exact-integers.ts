/**
 * Parses JSON and keeps the values of variables as written: JSON.parse() reads numbers as doubles,
 * which are exact only up to 2^53.
 */

/** The members with values of variables: in `cmdarg` and in the variable itself. */
const VALUE_MEMBERS = ["default", "value"];
const INTEGER = /^-?\d+$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** More digits than any C type has: 2^128 has 39. */
const MAX_DIGITS = 64;
/** Longer numbers stay unchanged, and a later check refuses them. */
const MAX_SOURCE_LENGTH = 1024;

/**
 * Returns the digits of a number. A whole number with a fraction or an exponent loses both, since
 * C's integers have none: `1.5e3` becomes `1500`.
 */
function digitsOf(source: string): string {
  if (INTEGER.test(source) || source.length > MAX_SOURCE_LENGTH) return source;
  const [, sign, whole, fraction = "", exponent = "0"] = NUMBER.exec(source)!;
  const all = `${whole}${fraction}`;
  const digits = all.replace(/0+$/, "");
  const zeros = Number(exponent) - fraction.length + all.length - digits.length;
  if (!digits) return `${sign}0`;
  if (!(zeros >= 0 && digits.length + zeros <= MAX_DIGITS)) return source;
  return `${sign}${`${digits}${"0".repeat(zeros)}`.replace(/^0+(?=\d)/, "")}`;
}

/**
 * Parses JSON; numbers that are values of variables become strings, digit by digit. @throws
 * SyntaxError
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (key, value, context?: { source: string }) =>
    typeof value === "number" && VALUE_MEMBERS.includes(key) && context ? digitsOf(context.source) : value,
  );
}
