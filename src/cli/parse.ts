import { parseArgs } from "node:util";
import * as v from "valibot";
import { UsageError } from "../errors.ts";
import { quoteWord } from "../text/sanitize.ts";
import { type Option, type Options, options, type Syntax } from "./options/index.ts";
import { invalidValue, missingValue, strayOperand, unknownOption } from "./usage-errors.ts";

/** The value that an option's schema makes of its text; true for a switch. */
type Value<O> = O extends { schema: infer S extends v.GenericSchema } ? v.InferOutput<S> : true;
/** The options of a command line, by name. An option that is not on it has no key. */
export type ParsedOptions<Table extends Options = typeof options> = { [Name in keyof Table]?: Value<Table[Name]> };

export interface CommandLine<Table extends Options = typeof options> {
  parsed: ParsedOptions<Table>;
  operand?: string | undefined;
  /** The words after `--`. */
  command: string[] | undefined;
}

const syntax: Syntax<typeof options> = {
  program: "exitsnoop",
  options,
  rest: { name: "a COMMAND", example: "exitsnoop -- make test" },
};

/** Parses the command line of the tracer itself. @throws UsageError */
export function parse(args: readonly string[]): CommandLine {
  return parseCommandLine(syntax, args);
}

/**
 * Parses a command line by a table of options. node:util splits it into tokens and accepts any
 * option; everything that the table does not allow is refused here, with a message and status 2.
 * @throws UsageError
 */
export function parseCommandLine<Table extends Options>(
  syntax: Syntax<Table>,
  args: readonly string[],
): CommandLine<Table> {
  const table: Options = syntax.options;
  // without a prototype: an option may be named like a member of Object
  const parsed: Record<string, unknown> = Object.create(null);
  const texts: Record<string, string> = Object.create(null);
  let operand: string | undefined;
  let command: string[] | undefined;
  for (const token of tokensOf(args, table)) {
    if (token.kind === "option-terminator") {
      command = args.slice(token.index + 1);
      checkRest(syntax, command);
      break;
    }
    if (token.kind === "positional") {
      if (!syntax.operand || operand !== undefined) throw strayOperand(token.value, syntax);
      operand = token.value;
      continue;
    }
    checkSingleDash(args[token.index]!, table);
    const { name, rawName, value: text, inlineValue } = token;
    const option = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (!option) throw unknownOption(rawName, syntax, operand);
    const value = valueOf(rawName, option, text, inlineValue ?? false);
    if (option.isList && parsed[name]) {
      parsed[name] = [...(parsed[name] as unknown[]), ...(value as unknown[])];
    } else if (parsed[name] !== undefined && !Bun.deepEquals(parsed[name], value)) {
      const [first, second] = [quoteWord(texts[name]!), quoteWord(text ?? "")];
      throw new UsageError(`${rawName} is given twice, as ${first} and as ${second}; leave one out`);
    } else {
      parsed[name] = value;
      texts[name] = text ?? "";
    }
  }
  return { parsed: parsed as ParsedOptions<Table>, operand, command };
}

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

function checkRest({ rest }: Syntax<Options>, words: readonly string[]): void {
  if (!rest) throw new UsageError("-- has no meaning here; leave it out");
  if (!words[0] && !rest.isOptional) throw new UsageError(`-- needs ${rest.name} after it, as in: ${rest.example}`);
}

/** Refuses `-json`, which node:util reads as `-j -s -o -n`, and `-q=1`, read as `-q -= -1`. */
function checkSingleDash(arg: string, table: Options): void {
  const [, word, value] = /^-([\w-]+)(=.*)?$/s.exec(arg) ?? [];
  if (!word || word.startsWith("-")) return;
  if (word.length > 1 && Object.hasOwn(table, word)) {
    throw new UsageError(`there is no option -${word}; did you mean --${word}?`);
  }
  const isSwitch = Object.values(table).some(({ short, schema }) => short === word && !schema);
  if (isSwitch && value) throw new UsageError(`-${word} takes no value; leave "${quoteWord(value)}" out`);
}

/** @param isInline true if the text follows the option's name in the same argument. */
function valueOf(rawName: string, option: Option, text: string | undefined, isInline: boolean): unknown {
  if (!option.schema) {
    if (text !== undefined) throw new UsageError(`${rawName} takes no value; leave "=${quoteWord(text)}" out`);
    return true;
  }
  const isEmpty = !text || (option.isList && text.trim() === "");
  if (isEmpty || (!isInline && text.startsWith("-") && text !== "-")) throw missingValue(rawName, option, text);
  const result = v.safeParse(option.schema, text);
  if (result.success) return result.output;
  throw invalidValue(rawName, text, result.issues[0]);
}
