import * as v from "valibot";
import { UsageError } from "../errors.ts";
import { quoteWord } from "../text/sanitize.ts";
import { type Options, options, type Syntax } from "./options/index.ts";
import { checkCommandWord, type GivenOption } from "./command-word.ts";
import { longNames, type Rest, tokensOf } from "./tokens.ts";
import { checkOperand, invalidValue, missingValue, strayOperand, unknownOption } from "./usage-errors.ts";

/** The value that an option's schema makes of its text; true for a switch. */
type Value<O> = O extends { schema: infer S extends v.GenericSchema } ? v.InferOutput<S> : true;
/** The options of a command line, by name. An option that is not on it has no key. */
export type ParsedOptions<Table extends Options = typeof options> = { [Name in keyof Table]?: Value<Table[Name]> };

export interface CommandLine<Table extends Options = typeof options> {
  parsed: ParsedOptions<Table>;
  /** Which help is requested: short by `-h`, whole by `--help`. */
  help?: HelpForm | undefined;
  operand?: string | undefined;
  /** All operands, if the command takes several. */
  operands?: string[];
  /** The words of COMMAND, or after `--`. */
  command: string[] | undefined;
}

export type HelpForm = "short" | "whole";

const syntax: Syntax<typeof options> = {
  program: "exitsnoop",
  options,
  rest: { name: "a COMMAND", example: "exitsnoop -- make test" },
  startsAtWord: true,
};

/**
 * Parses the command line of the tracer itself.
 * @param isProgram returns true if a word is a program in the PATH. @throws UsageError
 */
export function parse(args: readonly string[], isProgram = isInPath): CommandLine {
  return parseCommandLine(syntax, args, isProgram);
}

const isInPath = (word: string) => Bun.which(word) !== null;

/**
 * Parses a command line by a table of options. node:util splits it into tokens and accepts any
 * option; everything that the table does not allow is refused here, with a message and status 2.
 * A request for help is granted whatever else is wrong.
 * @throws UsageError
 */
export function parseCommandLine<Table extends Options>(
  syntax: Syntax<Table>,
  args: readonly string[],
  isProgram = isInPath,
): CommandLine<Table> {
  const names = longNames(syntax.options);
  const { tokens, rest } = tokensOf(args, syntax, names);
  // without a prototype: an option may be named like a member of Object
  const parsed: Record<string, unknown> = Object.create(null);
  const texts: Record<string, string> = Object.create(null);
  const line: CommandLine<Table> = { parsed: parsed as ParsedOptions<Table>, command: undefined };
  for (const { index } of tokens) {
    if (args[index] === "-h" || args[index] === "--help") return helpRequest(line, args[index]);
  }
  const given: GivenOption[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (!syntax.operand || (line.operand !== undefined && !syntax.operand.isList))
        throw strayOperand(token.value, syntax, args);
      line.operand ??= token.value;
      if (syntax.operand.isList) (line.operands ??= []).push(token.value);
      continue;
    }
    if (token.kind !== "option") continue;
    checkSingleDash(args[token.index]!, syntax.options, names);
    const { rawName, value: text, inlineValue } = token;
    const name = names.get(token.name);
    const option = name === undefined ? undefined : syntax.options[name];
    if (name === undefined || !option) throw unknownOption(token, syntax, line.operand, args);
    if (name === "help") return helpRequest(line, rawName);
    const one: GivenOption = { name, rawName, option, text: text ?? "" };
    given.push(one);
    const value = valueOf(one, text, inlineValue ?? false, syntax.options, names);
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
  checkOperand(syntax, line.operand, args);
  if (rest && !rest.isMarked) checkCommandWord(args, rest.index, given, isProgram);
  return { ...line, command: commandOf(syntax, args, rest) };
}

function helpRequest<Table extends Options>(line: CommandLine<Table>, rawName: string): CommandLine<Table> {
  return { ...line, parsed: { ...line.parsed, help: true }, help: rawName === "-h" ? "short" : "whole" };
}

/** Returns the words of COMMAND. @throws UsageError if there are none, or none are allowed. */
function commandOf(
  { program, rest: allowed }: Syntax<Options>,
  args: readonly string[],
  rest: Rest | undefined,
): string[] | undefined {
  if (!rest) return undefined;
  if (!allowed) throw new UsageError(`${program} takes nothing after --; leave it out`);
  const words = args.slice(rest.index);
  if (!words[0] && !allowed.isOptional)
    throw new UsageError(`-- needs ${allowed.name} after it, as in: ${allowed.example}`);
  return words;
}

/** Refuses `-json`, which node:util reads as `-j -s -o -n`, and `-q=1`, read as `-q -= -1`. */
function checkSingleDash(arg: string, table: Options, names: ReadonlyMap<string, string>): void {
  const [, word, value] = /^-([\w-]+)(=.*)?$/s.exec(arg) ?? [];
  if (!word || word.startsWith("-")) return;
  if (word.length > 1 && names.has(word)) {
    throw new UsageError(`there is no option -${word}; did you mean --${word}?`);
  }
  const isSwitch = Object.values(table).some(({ short, schema }) => short === word && !schema);
  if (isSwitch && value) throw new UsageError(`-${word} takes no value; leave "${quoteWord(value)}" out`);
}

/** @param isInline true if the text follows the option's name in the same argument. */
function valueOf(
  given: GivenOption,
  text: string | undefined,
  isInline: boolean,
  table: Options,
  names: ReadonlyMap<string, string>,
): unknown {
  const { rawName, option } = given;
  if (!option.schema) {
    if (text !== undefined) throw new UsageError(`${rawName} takes no value; leave "=${quoteWord(text)}" out`);
    return true;
  }
  const isEmpty = !text || (option.isList && text.trim() === "");
  if (isEmpty && !(option.canBeEmpty && text === "")) throw missingValue(given, text);
  const isNegative = option.canBeNegative && /^-\d/.test(text);
  if (!isInline && text.startsWith("-") && text !== "-" && !isNegative) {
    // -ppid is also -p with a value, but after --columns it removes a column
    const isValue = given.name === "columns" && v.safeParse(option.schema, text).success;
    throw missingValue(given, undefined, isValue || !isOption(text, table, names) ? text : undefined);
  }
  const result = v.safeParse(option.schema, text);
  if (result.success) return result.output;
  throw invalidValue(given, result.issues[0], table);
}

/** Returns true if the argument consists of options of the table, and is not the value of one. */
function isOption(arg: string, table: Options, names: ReadonlyMap<string, string>): boolean {
  if (arg.startsWith("--")) return arg === "--" || names.has(arg.slice(2).replace(/=.*/s, ""));
  return Object.values(table).some(({ short }) => short === arg[1]);
}
