/**
 * JSON with the values of variables as they are written: a double, as which JSON.parse() reads
 * numbers, is exact only up to 2^53.
 */

/** What the values of variables are called: of `cmdarg` and of the variable itself. */
const VALUES = ["default", "value"];
const PLAIN = /^-?\d+$/;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** More than any type of C has: 2^128 has 39. */
const MAX_DIGITS = 64;
/** Longer numbers are left as they are, and refused later. */
const MAX_SOURCE = 1024;

/**
 * The digits of a number. One with a fraction or an exponent that is whole nevertheless loses them,
 * since C's integers have none: `1.5e3` becomes `1500`.
 */
function digitsOf(source: string): string {
  if (PLAIN.test(source) || source.length > MAX_SOURCE) return source;
  const [, sign, whole, fraction = "", exponent = "0"] = PARTS.exec(source)!;
  const all = `${whole}${fraction}`;
  const digits = all.replace(/0+$/, "");
  const zeros = Number(exponent) - fraction.length + all.length - digits.length;
  if (!digits) return `${sign}0`;
  if (!(zeros >= 0 && digits.length + zeros <= MAX_DIGITS)) return source;
  return `${sign}${`${digits}${"0".repeat(zeros)}`.replace(/^0+(?=\d)/, "")}`;
}

/**
 * Parses JSON; numbers that are values of variables become texts, digit by digit. @throws
 * SyntaxError
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (key, value, context?: { source: string }) =>
    typeof value === "number" && VALUES.includes(key) && context ? digitsOf(context.source) : value,
  );
}
