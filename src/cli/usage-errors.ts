/** The messages for wrong command lines: each names the mistake and what would be right. */
import type * as v from "valibot";
import { UsageError } from "../errors.ts";
import { quoteWord, quotePath } from "../text/sanitize.ts";
import type { Option, Options, Syntax } from "./options/index.ts";
import { nearest } from "./suggest.ts";

/** Matches an operand that is a package for `exitsnoop run`. */
const PACKAGE_FILE = /\.json$/;

export function missingValue(rawName: string, { value, help, isList }: Option, text: string | undefined): UsageError {
  const isEmpty = isList && text?.trim() === "";
  const hint = isEmpty ? "; this one is empty, as of a $(command) that finds nothing" : "";
  return new UsageError(`${rawName} needs a value: ${rawName} ${value} (${help})${hint}`);
}

export function invalidValue(rawName: string, text: string, issue: v.BaseIssue<unknown>): UsageError {
  const { message, type, expected, input } = deepestIssue(issue);
  const words = type === "picklist" ? (expected?.match(/\w+/g) ?? []) : [];
  const meant = nearest(String(input), words);
  const item = type === "picklist" && input !== text ? `${quoteWord(String(input))} is ` : "";
  return new UsageError(`${rawName} ${quoteWord(text)}: ${item}${message}${meant ? `; did you mean ${meant}?` : ""}`);
}

/** Returns the issue of the alternative that accepted the most of the input. */
function deepestIssue(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  return deepestIssue(issue.issues.find(({ type }) => type === "picklist") ?? issue.issues.at(-1)!);
}

export function unknownOption(rawName: string, syntax: Syntax<Options>, operand: string | undefined): UsageError {
  const { program, options, rest } = syntax;
  const bare = rawName.replace(/^-+/, "");
  const names = Object.keys(options);
  const short = names.find((name) => bare.length === 1 && options[name]!.short === bare.toLowerCase());
  const meant = short ? `-${options[short]!.short} (--${short})` : nearest(bare, names)?.replace(/^/, "--");
  const hint = meant ? `did you mean ${meant}?` : `${program} --help lists all`;
  const example = operand === undefined ? rest?.example : `${program} ${quotePath(operand)} -- ${quoteWord(rawName)}`;
  const order = rest && syntax.operand ? `; ${rest.name} go after --, as in: ${example}` : "";
  return new UsageError(`there is no option ${quoteWord(rawName)}; ${hint}${order}`);
}

export function strayOperand(word: string, { program, options, operand, rest }: Syntax<Options>): UsageError {
  const path = quotePath(word);
  if (operand) {
    const order = rest ? `; ${rest.name} go after --` : "";
    return new UsageError(`"${path}" is one ${operand.name} too many; ${program} takes one${order}`);
  }
  if (PACKAGE_FILE.test(word)) return new UsageError(`"${path}" is no option; to run a package: exitsnoop run ${path}`);
  return new UsageError(
    `"${quoteWord(word)}" is neither an option nor the value of one; ${strayWordHint(word, program, options, rest)}`,
  );
}

function strayWordHint(word: string, program: string, options: Options, rest: Syntax<Options>["rest"]): string {
  const help = `${program} --help lists the options`;
  // the second number of an unquoted $(pidof NAME)
  if (/^\d+$/.test(word) && Object.hasOwn(options, "pid"))
    return `did you mean -p ${word}? several go into one list: -p "1 2" or -p 1,2; ${help}`;
  const meant = nearest(word, Object.keys(options));
  if (meant) return `did you mean --${meant}?`;
  return rest ? `a command to be traced goes after --; ${help}` : help;
}
