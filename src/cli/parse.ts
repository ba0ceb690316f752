import { parseArgs } from "node:util";
import * as v from "valibot";
import { UsageError } from "../errors.ts";
import { type Option, type Options, options } from "./options.ts";
import { nearest } from "./suggest.ts";
import { quoteWord, quotePath } from "../output/sanitize.ts";

/** What a schema of the table makes of its text; a switch that was given is true. */
type Value<O> = O extends { schema: infer S extends v.GenericSchema } ? v.InferOutput<S> : true;
export type GivenOf<Table extends Options> = { [Name in keyof Table]?: Value<Table[Name]> };
export type Given = GivenOf<typeof options>;

/** What a command line may look like. */
export interface Syntax<Table extends Options> {
  /** What is called, in sentences. */
  program: string;
  options: Table;
  /** What a word that is no option stands for, as in `PACKAGE`; at most one; none: there is no such word. */
  word?: string;
  /** What stands behind `--`, with an example. */
  tail?: { name: string; example: string; mayBeEmpty?: boolean };
}

export interface CommandLine<Table extends Options = typeof options> {
  given: GivenOf<Table>;
  /** The word that is no option. */
  word?: string | undefined;
  /** What stands behind `--`. */
  command: string[] | undefined;
}

/** Matches a word that names a package for `exitsnoop run`. */
const PACKAGE = /\.json$/;

/** The table as node:util wants it. */
function tokensOf(args: readonly string[], table: Options) {
  const settings = Object.entries(table).map(([name, { short, schema }]) => {
    const type = schema ? ("string" as const) : ("boolean" as const);
    return [name, short ? { type, short } : { type }];
  });
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(settings),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

const tracing: Syntax<typeof options> = {
  program: "exitsnoop",
  options,
  tail: { name: "a COMMAND", example: "exitsnoop -- make test" },
};

/** Of the tracer itself. @throws UsageError */
export function parse(args: readonly string[]): CommandLine {
  return parseCommandLine(tracing, args);
}

/**
 * Reads a command line by a table of options. node:util splits it into tokens; whatever the table does not allow is refused
 * here, since neither it nor citty refuses all of it with a sentence and status 2.
 * @throws UsageError
 */
export function parseCommandLine<Table extends Options>(
  syntax: Syntax<Table>,
  args: readonly string[],
): CommandLine<Table> {
  const table: Options = syntax.options;
  const given: Record<string, unknown> = Object.create(null);
  const texts: Record<string, string> = Object.create(null);
  let word: string | undefined;
  let command: string[] | undefined;
  for (const token of tokensOf(args, table)) {
    if (token.kind === "option-terminator") {
      command = args.slice(token.index + 1);
      if (!syntax.tail) throw new UsageError("-- has no meaning here; leave it out");
      const { name, example, mayBeEmpty } = syntax.tail;
      if (!command[0] && !mayBeEmpty) throw new UsageError(`-- needs ${name} behind it, as in: ${example}`);
      break;
    }
    if (token.kind === "positional") {
      if (!syntax.word || word !== undefined) throw strayWord(token.value, syntax);
      word = token.value;
      continue;
    }
    refuseOneDash(args[token.index]!, table);
    const { name, rawName, value } = token;
    const option = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (!option) throw unknownOption(rawName, syntax, word);
    const read = readValue(rawName, option, value, token.inlineValue ?? false);
    if (option.isList && given[name]) {
      given[name] = [...(given[name] as unknown[]), ...(read as unknown[])];
    } else if (given[name] !== undefined && !Bun.deepEquals(given[name], read)) {
      throw new UsageError(
        `${rawName} is given twice, as ${quoteWord(texts[name]!)} and as ${quoteWord(value ?? "")}; leave one out`,
      );
    } else {
      given[name] = read;
      texts[name] = value ?? "";
    }
  }
  return { given: given as GivenOf<Table>, word, command };
}

/** `-json` would be read as `-j -s -o -n`, and `-q=1` as `-q -= -1`: neither is what was meant. */
function refuseOneDash(arg: string, table: Options): void {
  const [, word, value] = /^-([\w-]+)(=.*)?$/s.exec(arg) ?? [];
  if (!word || word.startsWith("-")) return;
  if (word.length > 1 && Object.hasOwn(table, word)) {
    throw new UsageError(`there is no option -${word}; did you mean --${word}?`);
  }
  const isSwitch = Object.values(table).some(({ short, schema }) => short === word && !schema);
  if (isSwitch && value) throw new UsageError(`-${word} takes no value; leave "${quoteWord(value)}" out`);
}

function readValue(rawName: string, option: Option, text: string | undefined, isInline: boolean): unknown {
  if (!option.schema) {
    if (text !== undefined) throw new UsageError(`${rawName} takes no value; leave "=${quoteWord(text)}" out`);
    return true;
  }
  if (
    text === undefined ||
    text === "" ||
    (option.isList && text.trim() === "") ||
    (!isInline && text.startsWith("-") && text !== "-")
  ) {
    const isEmpty = option.isList && text?.trim() === "";
    const found = isEmpty ? "; this one is empty, as of a $(command) that finds nothing" : "";
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value} (${option.help})${found}`);
  }
  const result = v.safeParse(option.schema, text);
  if (result.success) return result.output;
  const { message, type, expected, input } = innermost(result.issues[0]);
  const words = type === "picklist" ? (expected?.match(/\w+/g) ?? []) : [];
  const meant = nearest(String(input), words);
  const item = type === "picklist" && input !== text ? `${quoteWord(String(input))} is ` : "";
  throw new UsageError(`${rawName} ${quoteWord(text)}: ${item}${message}${meant ? `; did you mean ${meant}?` : ""}`);
}

/** Of alternatives the one that was followed the farthest. */
function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  return innermost(issue.issues.find(({ type }) => type === "picklist") ?? issue.issues.at(-1)!);
}

function unknownOption(
  rawName: string,
  { program, options: table, word: expected, tail }: Syntax<Options>,
  word?: string,
): UsageError {
  const bare = rawName.replace(/^-+/, "");
  const names = Object.keys(table);
  const short = names.find((name) => table[name]!.short === bare.toLowerCase() && bare.length === 1);
  const meant = short ? `-${table[short]!.short} (--${short})` : nearest(bare, names);
  const hint = short ? `did you mean ${meant}?` : meant ? `did you mean --${meant}?` : `${program} --help lists all`;
  const example = word === undefined ? tail?.example : `${program} ${quotePath(word)} -- ${quoteWord(rawName)}`;
  const behind = tail && expected ? `; ${tail.name} stand behind --, as in: ${example}` : "";
  return new UsageError(`there is no option ${quoteWord(rawName)}; ${hint}${behind}`);
}

function strayWord(word: string, { program, options: table, word: expected, tail }: Syntax<Options>): UsageError {
  if (expected) {
    const behind = tail ? `; ${tail.name} stand behind --` : "";
    return new UsageError(`"${quotePath(word)}" is one ${expected} too many; ${program} takes one${behind}`);
  }
  if (PACKAGE.test(word)) {
    return new UsageError(`"${quotePath(word)}" is no option; to run a package: exitsnoop run ${quotePath(word)}`);
  }
  const meant = nearest(word, Object.keys(table));
  // an unquoted $(pidof NAME) gives several numbers, so this also matches the second one
  const isPid = /^\d+$/.test(word) && Object.hasOwn(table, "pid");
  const hint = isPid
    ? `did you mean -p ${word}? several go into one list: -p "1 2" or -p 1,2; ${program} --help lists the options`
    : meant
      ? `did you mean --${meant}?`
      : tail
        ? `a command to be traced stands behind --; ${program} --help lists the options`
        : `${program} --help lists the options`;
  return new UsageError(`"${quoteWord(word)}" is neither an option nor the value of one; ${hint}`);
}
