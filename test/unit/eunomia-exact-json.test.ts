import { expect, test } from "bun:test";
import { parseExactly } from "../../src/eunomia/exact-integers.ts";

/** Parses the default of a command line argument. */
const digits = (source: string) => (parseExactly(`{"cmdarg":{"default":${source}}}`) as any).cmdarg.default;

test.each([
  ["0", "0"],
  ["42", "42"],
  ["-1", "-1"],
  ["-0", "-0"],
  ["9007199254740993", "9007199254740993"],
  ["-9007199254740993", "-9007199254740993"],
  ["9223372036854775807", "9223372036854775807"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["18446744073709551615", "18446744073709551615"],
  ["340282366920938463463374607431768211455", "340282366920938463463374607431768211455"],
  ["1.5e3", "1500"],
  ["1.0", "1"],
  ["100e-2", "1"],
  ["1.8446744073709551615E+19", "18446744073709551615"],
  ["0.0e9", "0"],
  ["-0.0", "-0"],
  ["0.5", "0.5"],
  ["-2.5e-3", "-2.5e-3"],
  ["1e400", "1e400"],
  [`1e${"9".repeat(400)}`, `1e${"9".repeat(400)}`],
])("parseExactly(): reads the default %s as %s", (source, expected) => expect(digits(source)).toBe(expected));

test("parseExactly(): keeps a variable's value exact, and reads all else as JSON.parse() does", () => {
  const text = '{"value":9007199254740993,"size":8,"name":"9007199254740993","default":true,"list":[1,{"value":null}]}';
  expect(parseExactly(text)).toEqual({ ...JSON.parse(text), value: "9007199254740993" });
});

test("parseExactly() of invalid JSON: throws a SyntaxError", () => {
  expect(() => parseExactly('{"default":01}')).toThrow(SyntaxError);
});
