/** The words of a command line that shells complete, for the generators of all shells. */
import type { GenericSchema } from "valibot";
import { columnKeys, columnSets } from "../../output/index.ts";
import { signalName } from "../../record/signal-names.ts";
import { type Option, type Options, options } from "../options/index.ts";
import { type Subcommand, subcommands } from "../subcommands.ts";

/** The values of an option or an operand. */
export type Values =
  | { kind: "words"; words: readonly string[] }
  /** A list with commas. `prefix` is a pattern of what may precede each word. */
  | { kind: "list"; words: readonly string[]; prefix?: string }
  | { kind: "files" | "user" | "users" | "pids" | "names" | "cgroup" | "unit" | "any" };

export interface CompletedOption {
  /** The names that are offered: `-x`, `--failed`. */
  flags: readonly string[];
  /** Further names that are understood. */
  aliases: readonly string[];
  /** The name of the value in the help; undefined for a switch. */
  value: string | undefined;
  values: Values;
  isRepeatable: boolean;
  help: string;
}

export interface CompletedCommand {
  /** Empty for the command line without a subcommand, which traces exits. */
  name: string;
  summary: string;
  options: readonly CompletedOption[];
  operand: Values | undefined;
  /** True if there may be several operands. */
  hasOperands: boolean;
  /** True if the words after `--` are a COMMAND. */
  runsCommand: boolean;
}

const SIGNALS = Array.from({ length: 31 }, (_, i) => signalName(i + 1).replace(/^SIG/, ""));

/** The values that neither an option's schema nor the name of its value implies. */
const byName: Record<string, Values> = {
  columns: { kind: "list", words: ["help", ...columnKeys, ...columnSets.map(({ key }) => key)], prefix: "[+-]" },
  signal: { kind: "list", words: ["any", ...SIGNALS], prefix: "SIG" },
  name: { kind: "names" },
  cgroup: { kind: "cgroup" },
  unit: { kind: "unit" },
};

/** The parts of a valibot schema that lead to the words of a picklist. */
interface SchemaNode {
  type: string;
  options?: readonly (string | SchemaNode)[];
  item?: SchemaNode;
  pipe?: readonly SchemaNode[];
}

/** Returns the words that a schema accepts, if it is a choice or a list of choices. */
function wordsOf(schema: SchemaNode): { kind: "words" | "list"; words: readonly string[] } | undefined {
  if (schema.type === "picklist") return { kind: "words", words: schema.options as readonly string[] };
  for (const step of schema.pipe?.slice(1) ?? []) {
    const found = wordsOf(step);
    if (found) return found;
  }
  const items = schema.type === "array" && schema.item ? wordsOf(schema.item) : undefined;
  return items && { kind: "list", words: items.words };
}

function valuesOf(name: string, { value = "", schema }: Option): Values {
  const words = schema && wordsOf(schema as GenericSchema & SchemaNode);
  if (words ?? byName[name]) return (words ?? byName[name])!;
  if (value === "FILE" || value === "PACKAGE") return { kind: "files" };
  if (value.startsWith("USER")) return { kind: value === "USER" ? "user" : "users" };
  return { kind: value.startsWith("PID") ? "pids" : "any" };
}

function completedOptions(table: Options): CompletedOption[] {
  return Object.entries(table).map(([name, option]) => ({
    flags: [...(option.short ? [`-${option.short}`] : []), `--${name}`],
    aliases: (option.aliases ?? []).map((alias) => `--${alias}`),
    value: option.value,
    values: valuesOf(name, option),
    isRepeatable: option.isList ?? false,
    help: option.help,
  }));
}

function operandOf({ operand }: Subcommand): Values | undefined {
  if (!operand) return undefined;
  return operand.words ? { kind: "words", words: operand.words } : { kind: "files" };
}

/** The command line that traces exits. */
export const traceCommand: CompletedCommand = {
  name: "",
  summary: "",
  options: completedOptions(options),
  operand: undefined,
  hasOperands: false,
  runsCommand: true,
};

export const completedSubcommands: readonly CompletedCommand[] = Object.entries(subcommands).map(
  ([name, subcommand]: [string, Subcommand]) => ({
    name,
    summary: subcommand.summary,
    options: completedOptions(subcommand.options),
    operand: operandOf(subcommand),
    hasOperands: subcommand.operand?.isList ?? false,
    runsCommand: subcommand.rest?.isCommand ?? false,
  }),
);

/** The names of the subcommands that run a COMMAND. */
export const commandRunners: readonly string[] = completedSubcommands.flatMap(({ name, runsCommand }) =>
  runsCommand ? [name] : [],
);

/** Returns the letters of a command's short options: those of switches, and those with a value. */
export function shortLetters({ options }: CompletedCommand): { switches: string; valued: string } {
  const letters = { switches: "", valued: "" };
  for (const { flags, value } of options) {
    const [, letter] = /^-([^-])$/.exec(flags[0]!) ?? [];
    if (letter) letters[value === undefined ? "switches" : "valued"] += letter;
  }
  return letters;
}

/** Returns all names of the options that take a value. */
export function valueFlags({ options }: CompletedCommand): string[] {
  return options.flatMap(({ flags, aliases, value }) => (value === undefined ? [] : [...flags, ...aliases]));
}
