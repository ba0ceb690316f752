/** The type of an option, and the functions that describe one in a table. */
import type { GenericSchema } from "valibot";
import { duration, text, oneOf } from "../values/common.ts";
import { redaction } from "../values/redact.ts";
import { outputFile } from "../values/outputs.ts";

export interface Option {
  short?: string;
  /** Further long names, e.g. those of BCC's tool. */
  aliases?: readonly string[];
  /** The name of the value in the help; undefined for a switch. */
  value?: string;
  /** Converts the text to the value; undefined for a switch. */
  schema?: GenericSchema<string, unknown>;
  /** True if the option may be given several times; the lists are joined. */
  isList?: boolean;
  /** True if the value may be empty. */
  canBeEmpty?: boolean;
  /** True if a value may begin with a minus and a digit, which no option does. */
  canBeNegative?: boolean;
  help: string;
}

export type Options = Record<string, Option>;

/** The word after the options of a subcommand. */
interface Operand {
  /** Its name in the usage, e.g. `PACKAGE`. */
  name: string;
  /** A value of it, for messages. */
  example: string;
  /** The words that are accepted; undefined: any. */
  words?: readonly string[];
  isOptional?: boolean;
  /** True if there may be several. */
  isList?: boolean;
}

/** The grammar of a command line. */
export interface Syntax<Table extends Options> {
  /** The program with its subcommand, for messages. */
  program: string;
  options: Table;
  /** undefined: the command takes no operand. */
  operand?: Operand;
  /** The words after `--`: their name, an example for messages, and whether they are a COMMAND. */
  rest?: { name: string; example: string; isOptional?: boolean; isCommand?: boolean };
  /** Options that other commands have: why this one refuses them, to follow "-x, ". */
  refused?: { options: Options; why: string };
  /** True if the first word that is not an option begins the rest, as a COMMAND does. */
  startsAtWord?: boolean;
}

/** A switch. Here and below, `short` is empty if the option has only its long name. */
export const flag = (short: string, help: string) => ({ ...(short && { short }), help });
export const valued = <Schema extends Option["schema"]>(
  short: string,
  value: string,
  schema: Schema,
  help: string,
) => ({
  ...flag(short, help),
  value,
  schema,
});
export const list = <Schema extends Option["schema"]>(short: string, value: string, schema: Schema, help: string) => ({
  ...valued(short, value, schema, help),
  isList: true,
});
/** Gives an option further long names. In the parsed options it has the name of its key alone. */
export const alsoNamed = <One extends Option>(aliases: readonly string[], option: One) => ({ ...option, aliases });

/** Options that several commands have. */
export const common = {
  stopAfter: valued("", "TIME", duration, "stop after TIME: 250ms, 10s, 5m, 2h, 1d, 1w; a bare number is seconds"),
  btf: valued("", "FILE", text, "a BTF file of exactly this kernel, if it has no BTF itself"),
  output: list(
    "o",
    "FILE",
    outputFile,
    "append events to FILE, or write them to stdout (-); may be given several times",
  ),
  truncate: flag("", "empty the files of --output first"),
  redact: list(
    "",
    "REGEX",
    redaction,
    "replace in arguments what a regular expression (RE2) matches, or only its groups if it has some; may be given several times",
  ),
  noHeader: flag("", "print no header line"),
  color: valued(
    "",
    "WHEN",
    oneOf(["auto", "always", "never"]),
    "when to color: auto (default: on a terminal, unless NO_COLOR is set), always or never",
  ),
};

export const verbosity = {
  quiet: flag("q", "print only losses, warnings and errors"),
  verbose: flag("v", "print what exitsnoop does, with libbpf's messages"),
  help: flag("h", "print this help"),
};
