import { parseArgs } from "node:util";
import * as v from "valibot";
import { UsageError } from "./errors.ts";
import { type Option, type OptionName, options } from "./options.ts";
import { nearest } from "./suggest.ts";
import { visible } from "./visible.ts";

/** What a schema of the table makes of its text; a switch that was given is true. */
type Value<O> = O extends { schema: infer S extends v.GenericSchema } ? v.InferOutput<S> : true;
export type Given = { [Name in OptionName]?: Value<(typeof options)[Name]> };

export interface CommandLine {
  given: Given;
  /** What stands behind `--`. */
  command: string[] | undefined;
}

const table: Record<string, Option> = options;
const names = Object.keys(options) as OptionName[];

/** The table as node:util wants it. */
const syntax = Object.fromEntries(
  Object.entries(table).map(([name, { short, schema }]) => {
    const type = schema ? ("string" as const) : ("boolean" as const);
    return [name, short ? { type, short } : { type }];
  }),
);

/**
 * Reads the command line by the table of options. node:util splits it into tokens; whatever the table does not allow is refused
 * here, since neither it nor citty refuses all of it with a sentence and status 2.
 * @throws UsageError
 */
export function parse(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options: syntax,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, unknown> = {};
  const texts: Record<string, string> = {};
  let command: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") {
      command = args.slice(token.index + 1);
      if (!command[0]) throw new UsageError("-- needs a COMMAND behind it, as in: exitsnoop -- make test");
      break;
    }
    if (token.kind === "positional") throw strayWord(token.value);
    refuseOneDash(args[token.index]!);
    const { name, rawName, value } = token;
    const option = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (!option) throw unknownOption(rawName);
    const read = readValue(rawName, option, value, token.inlineValue ?? false);
    if (option.isList && given[name]) {
      given[name] = [...(given[name] as unknown[]), ...(read as unknown[])];
    } else if (given[name] !== undefined && !Bun.deepEquals(given[name], read)) {
      throw new UsageError(
        `${rawName} is given twice, as ${visible(texts[name]!)} and as ${visible(value ?? "")}; leave one out`,
      );
    } else {
      given[name] = read;
      texts[name] = value ?? "";
    }
  }
  return { given: given as Given, command };
}

/** `-json` would be read as `-j -s -o -n`, and `-q=1` as `-q -= -1`: neither is what was meant. */
function refuseOneDash(arg: string): void {
  const [, word, value] = /^-([\w-]+)(=.*)?$/s.exec(arg) ?? [];
  if (!word || word.startsWith("-")) return;
  if (word.length > 1 && Object.hasOwn(table, word)) {
    throw new UsageError(`there is no option -${word}; did you mean --${word}?`);
  }
  const isSwitch = Object.values(table).some(({ short, schema }) => short === word && !schema);
  if (isSwitch && value) throw new UsageError(`-${word} takes no value; leave "${visible(value)}" out`);
}

function readValue(rawName: string, option: Option, text: string | undefined, isInline: boolean): unknown {
  if (!option.schema) {
    if (text !== undefined) throw new UsageError(`${rawName} takes no value; leave "=${visible(text)}" out`);
    return true;
  }
  if (text === undefined || text === "" || (!isInline && text.startsWith("-") && text !== "-")) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value} (${option.help})`);
  }
  const result = v.safeParse(option.schema, text);
  if (result.success) return result.output;
  const { message, type, expected, input } = innermost(result.issues[0]);
  const words = type === "picklist" ? (expected?.match(/\w+/g) ?? []) : [];
  const meant = nearest(String(input), words);
  const item = type === "picklist" && input !== text ? `${visible(String(input))} is ` : "";
  throw new UsageError(`${rawName} ${visible(text)}: ${item}${message}${meant ? `; did you mean ${meant}?` : ""}`);
}

/** Of alternatives the one that was followed the farthest. */
function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  return innermost(issue.issues.find(({ type }) => type === "picklist") ?? issue.issues.at(-1)!);
}

function unknownOption(rawName: string): UsageError {
  const bare = rawName.replace(/^-+/, "");
  const short = names.find((name) => table[name]!.short === bare.toLowerCase() && bare.length === 1);
  const meant = short ? `-${table[short]!.short} (--${short})` : nearest(bare, names);
  const hint = short ? `did you mean ${meant}?` : meant ? `did you mean --${meant}?` : "exitsnoop --help lists all";
  return new UsageError(`there is no option ${visible(rawName)}; ${hint}`);
}

function strayWord(word: string): UsageError {
  const meant = nearest(word, names);
  const hint = meant
    ? `did you mean --${meant}?`
    : "a command to be traced stands behind --; exitsnoop --help lists the options";
  return new UsageError(`"${visible(word)}" is neither an option nor the value of one; ${hint}`);
}
