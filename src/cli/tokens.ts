import { parseArgs } from "node:util";
import type { Options, Syntax } from "./options/index.ts";

type Tokens = NonNullable<ReturnType<typeof parseArgs>["tokens"]>;

/** The words after the options. */
export interface Rest {
  /** The position of the first one. */
  index: number;
  /** True if `--` is before it. */
  isMarked: boolean;
}

/** Returns the key of an option by each of its long names. */
export function longNames(table: Options): ReadonlyMap<string, string> {
  const entries = Object.entries(table);
  return new Map(entries.flatMap(([name, { aliases = [] }]) => [name, ...aliases].map((each) => [each, name])));
}

/**
 * Splits the arguments up to COMMAND or `--`.
 * @returns the tokens, and the words after them.
 */
export function tokensOf(
  args: readonly string[],
  syntax: Syntax<Options>,
  names: ReadonlyMap<string, string>,
): { tokens: Tokens; rest?: Rest } {
  const settings = [...names].map(([name, key]) => {
    const { short, schema } = syntax.options[key]!;
    const type = schema ? ("string" as const) : ("boolean" as const);
    return [name, short && name === key ? { type, short } : { type }];
  });
  const all = parseArgs({
    args: [...args],
    options: Object.fromEntries(settings),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
  const end = all.findIndex(
    ({ kind }) => kind === "option-terminator" || (kind === "positional" && syntax.startsAtWord),
  );
  if (end < 0) return { tokens: all };
  const { kind, index } = all[end]!;
  const isMarked = kind === "option-terminator";
  return { tokens: all.slice(0, end), rest: { index: isMarked ? index + 1 : index, isMarked } };
}
