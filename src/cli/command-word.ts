/** The checks of a COMMAND that has no `--` before it: its first word may be meant otherwise. */
import * as v from "valibot";
import { UsageError } from "../errors.ts";
import { shellLine } from "../output/shell-line.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { Option } from "./options/index.ts";
import { withProgramHint } from "./program-hint.ts";
import { isSubcommand, subcommandNames, subcommands } from "./subcommands.ts";
import { nearest } from "./suggest.ts";

/** An option with the value that it has on the command line. */
export interface GivenOption {
  name: string;
  rawName: string;
  text: string;
  option: Option;
}

const PACKAGE_FILE = /\.json$/;
const RECORDING_FILE = /\.jsonl(\.gz|\.zst)?$/;

/**
 * Refuses a first word of COMMAND that is probably something else. Every message shows how to run a
 * program of that name. The word is compared with subcommands, and never with names of options.
 * @param index the position of the word. @param given the options before it.
 * @param isProgram returns true if a word is a program in the PATH.
 * @throws UsageError
 */
export function checkCommandWord(
  args: readonly string[],
  index: number,
  given: readonly GivenOption[],
  isProgram: (word: string) => boolean,
): void {
  const word = args[index]!;
  const before = given.at(-1);
  const options = args.slice(0, index);
  const words = args.slice(index);
  const refuse = (message: string): never => {
    throw new UsageError(withProgramHint(message, word, ["exitsnoop", ...options, "--", ...words]));
  };

  if (word === "") throw new UsageError('the first word of COMMAND is empty (""): is a variable not set?');
  if (word === "-") throw new UsageError('"-" is neither an option nor a COMMAND; exitsnoop --help lists the options');
  if (isSubcommand(word) && index > 0) {
    const accepted = given.filter(({ name }) => Object.hasOwn(subcommands[word].options, name));
    const asSubcommand = shellLine(["exitsnoop", word, ...accepted.flatMap(typed), ...words.slice(1)]);
    refuse(`${word} is a subcommand only as the first word: ${asSubcommand}`);
  }
  if (/^\d+$/.test(word)) {
    // the second number of an unquoted $(pidof NAME)
    const list = before?.option.value?.includes(",") ? listWith(before, word) : undefined;
    refuse(`"${quoteWord(word)}" is a number, not a COMMAND; ${list ?? `did you mean -p ${quoteWord(word)}?`}`);
  }
  if (before?.name === "columns" && isColumn(before.option, word)) {
    refuse(`"${quoteWord(word)}" is a column after the list of ${before.rawName}; ${listWith(before, word)}`);
  }
  if (before?.name === "signal" && isValue(before.option, word) && !isProgram(word)) {
    refuse(`"${quoteWord(word)}" is a signal after the list of ${before.rawName}; ${listWith(before, word)}`);
  }
  if (RECORDING_FILE.test(word)) {
    const replay = shellLine(["exitsnoop", "replay", word]);
    refuse(`"${quoteWord(word)}" looks like a recording; to read it: ${replay}`);
  }
  if (PACKAGE_FILE.test(word)) {
    const run = shellLine(["exitsnoop", "run", word]);
    refuse(`"${quoteWord(word)}" looks like an eunomia package; to run it: ${run}`);
  }
  const meant = index === 0 && !word.includes("/") ? nearest(word, subcommandNames) : undefined;
  if (meant !== undefined && !isProgram(word)) {
    refuse(`"${quoteWord(word)}" is neither a subcommand nor a program in the PATH; did you mean ${meant}?`);
  }
}

/** Returns an option as it is typed, in words of its own. */
function typed({ name, rawName, text, option }: GivenOption): string[] {
  if (!option.value) return [rawName];
  return text.startsWith("-") && text !== "-" ? [`--${name}=${text}`] : [rawName, text];
}

const listWith = ({ rawName, text }: GivenOption, word: string) =>
  `a list has commas: ${quoteWord(rawName)} ${shellLine([`${text.trim()},${word}`])}`;

const isValue = ({ schema }: Option, word: string) => schema !== undefined && v.safeParse(schema, word).success;

const isColumn = (option: Option, word: string) => word !== "help" && isValue(option, word);
