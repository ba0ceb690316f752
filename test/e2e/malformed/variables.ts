/** Malformed variables of a package: their options and values. */
import { type Json, json, type Malformed } from "./malformed.ts";

const RODATA = "meta.bpf_skel.data_sections[1].variables";

/** Returns a case with a changed first variable of .rodata: an int with the option --number. */
const variable = (
  name: string,
  says: string | RegExp,
  change: (variable: Json, all: Json[]) => void,
  more: Partial<Malformed> = {},
): Malformed =>
  json(
    name,
    says,
    (root) => {
      const { variables } = root.meta.bpf_skel.data_sections[1];
      change(variables[0], variables);
    },
    more,
  );

/**
 * Names that a terminal would display as different text. ecli accepts every other name:
 * test/unit/package-options.test.ts.
 */
const deceptive = ["n\n", "\x1b[31m", "\u009b2J", "\u202e", "\u2028", "\u200b", "\ufffd", "\ud800"];

const longs = deceptive.map((long) =>
  variable(`an option with the name ${JSON.stringify(long)}`, `${RODATA}[0].cmdarg.long: control or format`, (one) => {
    one.cmdarg.long = long;
  }),
);

const shorts = ["\n", "\x1b", "\u202e"].map((short) =>
  variable(`a short option ${JSON.stringify(short)}`, `${RODATA}[0].cmdarg.short: control or format`, (one) => {
    one.cmdarg.short = short;
  }),
);

const longShorts = ["ab", "--", "\ud83d\ude00\ud83d\ude00"].map((short) =>
  variable(`a short option ${JSON.stringify(short)}`, `${RODATA}[0]: cmdarg.short`, (one) => {
    one.cmdarg.short = short;
  }),
);

const names = ["", "no_such", "__proto__", "constructor", "toString", "hasOwnProperty"].map((name) =>
  variable(`a variable with the unknown name ${JSON.stringify(name)}`, `${RODATA}[0]: the object has no`, (one) => {
    one.name = name;
  }),
);

const deceptiveNames = deceptive.map((name) =>
  variable(
    `a variable with the deceptive name ${JSON.stringify(name)}`,
    `${RODATA}[0].name: control or format`,
    (one) => {
      one.name += name;
    },
  ),
);

const cmdargs = [7, "words", [], { default: [] }, { default: {} }, { long: 7 }, { short: true }, { help: {} }].map(
  (cmdarg) =>
    variable(`cmdarg is ${JSON.stringify(cmdarg)}`, `${RODATA}[0].cmdarg`, (one) => {
      one.cmdarg = cmdarg;
    }),
);

/** Invalid values, which are refused when they are written into the object. */
const defaults = [
  "",
  "7x",
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  1e300,
  "0x1ffffffff",
  "true",
  "\x1b[2J",
  "9".repeat(1000),
].map((value) =>
  variable(
    `an int with the default ${JSON.stringify(value).slice(0, 40)}`,
    "expected a whole number",
    (one) => {
      one.cmdarg.default = value;
    },
    { isLoaded: true },
  ),
);

/** Returns a case with these arguments for the package. */
const args = (status: 1 | 2, says: string, ...words: string[]): Malformed => ({
  ...json(`${words.join(" ").slice(0, 40)} as arguments`, says, () => {}),
  words: ["--", ...words],
  status,
  isLoaded: true,
});

export const malformedVariables: Malformed[] = [
  ...longs,
  ...shorts,
  ...longShorts,
  ...names,
  ...deceptiveNames,
  ...cmdargs,
  ...defaults,
  variable(
    "a boolean option with a number as its default",
    `${RODATA}[1]: cmdarg.default: expected true or false`,
    (_, all) => {
      all[1].cmdarg.default = 1;
    },
  ),
  variable("a variable listed twice", "[5].name: number is listed twice", (one, all) => all.push(one)),
  variable("a text that does not fit", "at most 7 fit", (_, all) => (all[2].value = "x".repeat(8)), { isLoaded: true }),
  variable("a value for a struct", "cannot be set", (_, all) => (all[4].value = "1"), { isLoaded: true }),
  variable("an unknown name as the value of an enum", "expected a whole number", (_, all) => (all[3].value = "BLUE"), {
    isLoaded: true,
  }),
  variable("5000 variables", RODATA, (one, all) => {
    for (let i = 0; i < 5000; i++) all.push({ ...one, name: `v${i}` });
  }),
  variable("4000 options of one variable", "[5].name: number is listed twice", (one, all) => {
    for (let i = 0; i < 4000; i++) all.push({ ...one, cmdarg: { long: `v${i}` } });
  }),
  variable("100,000 variables", "more than 262144", (one, all) => {
    for (let i = 0; i < 100_000; i++) all.push({ ...one, name: `v${i}` });
  }),
  json("a variable that the section of the object lacks", "the object has no", (root) => {
    root.meta.bpf_skel.data_sections[0].variables[0].name = "number";
  }),
  json("one section twice", "meta.bpf_skel.data_sections[2].name", (root) => {
    root.meta.bpf_skel.data_sections.push({ name: ".rodata", variables: [] });
  }),
  args(2, "--no-such", "--no-such"),
  args(2, "--number is given twice", "--number=1", "--number=1"),
  args(2, "-n is given twice", "--number=1", "-n1"),
  args(2, "--enable-flag is given twice", "--enable-flag", "--enable-flag"),
  args(2, "--number=-5 if it begins with -", "--number", "-5"),
  args(2, "needs a value", "--number", "--"),
  args(2, '"--" is neither', "--number=1", "--", "--"),
  args(2, '"x" is neither', "--number=1", "--", "x"),
  args(2, '"-" is neither', "-"),
  args(2, "--NUMBER", "--NUMBER=1"),
  args(2, "-N", "-N1"),
  args(2, "--__proto__", "--__proto__=1"),
  args(2, "--constructor", "--constructor"),
  args(2, "needs a value", "--number"),
  args(2, "takes no value", "--enable-flag=1"),
  args(2, "one", "word"),
  args(2, "--number 4294967296", "--number", "4294967296"),
  args(2, "--number $'\\x1b[31m'", "--number", "\x1b[31m"),
  args(2, "at most 7 fit", "--text", "x".repeat(100_000)),
  args(2, "--color BLUE", "--color", "BLUE"),
  args(2, "cannot be set", "--whole", "1"),
];
