/** The messages for wrong command lines: each names the mistake and what would be right. */
import type * as v from "valibot";
import { UsageError } from "../errors.ts";
import { shellLine } from "../output/shell-line.ts";
import { quoteWord, quotePath } from "../text/sanitize.ts";
import type { GivenOption } from "./command-word.ts";
import type { Options, Syntax } from "./options/index.ts";
import { withProgramHint } from "./program-hint.ts";
import { nearest, suggestions } from "./suggest.ts";
import { longNames } from "./tokens.ts";
import { quoteItem, unknownWord } from "./values/common.ts";

/** Names that other tools or habits have for an option, without dashes. */
const OTHER_NAMES: Record<string, string> = {
  duration: "for",
  timeout: "for",
  d: "for",
  e: "code",
  "exit-code": "code",
  status: "code",
  comm: "name",
  uid: "user",
  cgroupmap: "cgroup",
  usage: "help",
  examples: "help",
  "?": "help",
  f: "report-format",
  format: "report-format",
  j: "report-format",
  json: "report-format",
};

/** @param dashed the next word, if it begins with `-` and is not an option: it may be the value. */
export function missingValue(
  { name, rawName, option: { value, help } }: GivenOption,
  text: string | undefined,
  dashed?: string,
): UsageError {
  const hint = dashed
    ? `; a value that begins with - goes after =, as in --${name}=${quoteWord(dashed)}`
    : text?.trim() === ""
      ? "; here it is empty, as if a $(command) had printed nothing"
      : "";
  return new UsageError(`${rawName} needs a value: ${rawName} ${value} (${help})${hint}`);
}

export function invalidValue(
  { name, rawName, text }: GivenOption,
  issue: v.BaseIssue<unknown>,
  table: Options,
): UsageError {
  const { message, type, expected, input } = deepestIssue(issue);
  const words = type === "picklist" ? (expected?.match(/\w+/g) ?? []) : [];
  const meant = otherOption(name, text, table) ?? nearest(String(input), words);
  const item = type === "picklist" && input !== text ? `${quoteItem(String(input))} is ` : "";
  return new UsageError(`${rawName} ${quoteWord(text)}: ${item}${message}${meant ? `; did you mean ${meant}?` : ""}`);
}

/** Returns the option that a value belongs to, if it cannot be one of the option `name`. */
function otherOption(name: string, text: string, table: Options): string | undefined {
  // -c counts in ping and tcpdump
  const isCount = name === "cgroup" && /^\d+$/.test(text) && Object.hasOwn(table, "count");
  return isCount ? `--count ${quoteWord(text)}` : undefined;
}

/** Returns the issue of the alternative that accepted the most of the input. */
function deepestIssue(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  return deepestIssue(issue.issues.find(({ type }) => type === "picklist") ?? issue.issues.at(-1)!);
}

/**
 * @param given the option, and the position of its word.
 * @param args the words after the program's name and subcommand.
 */
export function unknownOption(
  { rawName, index }: { rawName: string; index: number },
  syntax: Syntax<Options>,
  operand: string | undefined,
  args: readonly string[],
): UsageError {
  const { program, rest, refused } = syntax;
  if (refused && isNameIn(refused.options, rawName)) throw new UsageError(`${quoteWord(rawName)} ${refused.why}`);
  const meant = meantOptions(rawName.replace(/^-+/, ""), syntax.options);
  const hint = meant.length ? `did you mean ${meant.join(" or ")}?` : `${program} --help lists all`;
  const message = `there is no option ${quoteWord(rawName)}; ${hint}`;
  if (rest && syntax.operand) {
    const words = [...program.split(" "), ...args.slice(0, index), "--", ...args.slice(index)];
    const example = operand === undefined ? rest.example : shellLine(words);
    return new UsageError(`${message}; ${rest.name} go after --, as in: ${example}`);
  }
  return new UsageError(meant.length ? message : withOwnProgramHint(message, syntax, args));
}

/** Returns true if a table has an option, with its dashes. */
function isNameIn(table: Options, rawName: string): boolean {
  return rawName.startsWith("--")
    ? longNames(table).has(rawName.slice(2))
    : Object.values(table).some(({ short }) => rawName === `-${short}`);
}

/** Returns the options that a name without dashes may stand for, as they are typed. */
function meantOptions(bare: string, options: Options): string[] {
  const entries = Object.entries(options);
  const other = Object.hasOwn(OTHER_NAMES, bare) ? OTHER_NAMES[bare]! : "";
  if (Object.hasOwn(options, other)) return [`--${other}`];
  if ([...bare].length === 1) {
    const byLetter = entries.filter(([, { short }]) => short === bare.toLowerCase());
    return byLetter.map(([name, { short }]) => `-${short} (--${name})`);
  }
  const names = longNames(options);
  const meant = suggestions(bare, [...names.keys()]);
  // not an alias beside the name of the same option
  const different = meant.filter((name) => name === names.get(name) || !meant.includes(names.get(name)!));
  return different.map((name) => `--${name}`);
}

/** @param args the words after the program's name and subcommand. */
export function strayOperand(word: string, syntax: Syntax<Options>, args: readonly string[]): UsageError {
  const { program, operand, rest } = syntax;
  const isFile = operand && !operand.words;
  const what = isFile ? `"${quotePath(word)}" is one ${operand.name} too many` : `"${quoteWord(word)}" is too much`;
  const takes = isFile ? `${program} takes one` : `${program} takes only ${operand ? "one word" : "options"}`;
  const message = `${what}: ${takes}`;
  return new UsageError(rest ? `${message}; ${rest.name} go after --` : withOwnProgramHint(message, syntax, args));
}

/** Checks the operand of a subcommand. @throws UsageError if it is missing or not known. */
export function checkOperand(syntax: Syntax<Options>, operand: string | undefined, args: readonly string[]): void {
  if (!syntax.operand) return;
  const { name, example, words, isOptional } = syntax.operand;
  if (operand === undefined) {
    if (isOptional) return;
    throw new UsageError(`${syntax.program} needs ${name}, as in: ${syntax.program} ${example}`);
  }
  if (!words || words.includes(operand)) return;
  const meant = nearest(operand, words);
  const hint = meant ? `; did you mean ${meant}?` : "";
  const message = `${syntax.program} ${quoteWord(operand)}: ${unknownWord(words)}${hint}`;
  throw new UsageError(withOwnProgramHint(message, syntax, args));
}

/** Appends to a message about a subcommand how to trace a program of the same name. */
function withOwnProgramHint(message: string, { program }: Syntax<Options>, args: readonly string[]): string {
  const [exitsnoop, subcommand] = program.split(" ") as [string, string | undefined];
  return subcommand === undefined
    ? message
    : withProgramHint(message, subcommand, [exitsnoop, "--", subcommand, ...args]);
}
