/** Lines of a recording that are damaged in many ways, as a hostile writer would damage them. */
import { Random } from "./random.ts";

/** Texts that replace a value, or go in somewhere. */
const VALUES = [
  "null",
  "true",
  "-1",
  "0",
  "1e999",
  "-0",
  "9007199254740993",
  "18446744073709551616",
  "1.5",
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\u001b[31m"',
  '"\\"} 1\\nevil 1\\n"',
  "[]",
  "{}",
  "[[]]",
  '{"pid":{}}',
  '["a",null]',
  "[".repeat(5000),
  `"${"x".repeat(70_000)}"`,
  '"2026-13-45T99:99:99.999999999Z"',
  '"9999-12-31T23:59:59.999999999Z"',
  '"0000-01-01T00:00:00.000000000Z"',
  "NaN",
  "'",
  "\\",
  "\0",
];
const EVENTS = ["lost", "suppressed", "gap", "summary", "report", "exit", "__proto__", "toString", ""];
const KEYS = ["__proto__", "constructor", "toString", "event", "pid", "killed_by", "time", "count"];

type Mutation = (line: string, random: Random, other: string) => string;

/** Returns a random place at which a value begins. */
function valueIn(line: string, random: Random): { start: number; end: number } {
  const values = [...line.matchAll(/":("(?:[^"\\]|\\.)*"|[^,{}[\]"]+)/g)];
  if (values.length === 0) return { start: 0, end: 0 };
  const { index, 1: value = "" } = random.oneOf(values);
  return { start: index + 2, end: index + 2 + value.length };
}

const mutations: readonly Mutation[] = [
  // another value
  (line, random) => {
    const { start, end } = valueIn(line, random);
    return line.slice(0, start) + random.oneOf(VALUES) + line.slice(end);
  },
  // another event
  (line, random) => line.replace(/"event":"[^"]*"/, () => `"event":"${random.oneOf(EVENTS)}"`),
  // a further key
  (line, random) => line.replace("{", () => `{"${random.oneOf(KEYS)}":${random.oneOf(VALUES)},`),
  // another key's name
  (line, random) => {
    const keys = line.match(/"[a-z_]+":/g) ?? ["{"];
    const key = random.oneOf(keys);
    return line.replace(key, () => (random.below(2) ? key.toUpperCase() : `"${random.oneOf(KEYS)}":`));
  },
  // cut
  (line, random) => line.slice(0, random.below(line.length)),
  (line, random) => line.slice(random.below(line.length)),
  // the rest of another line
  (line, random, other) => line.slice(0, random.below(line.length)) + other.slice(random.below(other.length)),
  (line, random, other) => line.slice(0, random.below(line.length)) + other,
  // a part twice
  (line, random) => {
    const [from, to] = [random.below(line.length), random.below(line.length)];
    return line.slice(0, to) + line.slice(Math.min(from, to));
  },
  // characters
  (line, random) => {
    const at = random.below(line.length);
    return line.slice(0, at) + String.fromCharCode(random.below(128)) + line.slice(at + random.below(3));
  },
];

/** Returns lines made of these, each with some mutations; a few have bytes that are not UTF-8. */
export function mutatedLines(lines: readonly string[], count: number, seed: number): Buffer {
  const random = new Random(seed);
  const parts: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    let line = random.oneOf(lines);
    for (let n = random.below(2); n >= 0; n--) line = random.oneOf(mutations)(line || "{", random, random.oneOf(lines));
    const bytes = Buffer.from(`${line.replaceAll("\n", " ")}\n`);
    if (random.below(4) === 0) {
      for (let n = random.below(4); n >= 0; n--) {
        const at = random.below(bytes.length - 1);
        if (bytes[at] !== undefined) bytes[at] = 0x80 | random.below(128);
      }
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
