/**
 * Parses a package's own options as ecli 0.2.9 does, which uses clap 4.3. test/eunomia/options.ts
 * compares the two.
 */
import { UsageError } from "../errors.ts";
import type { Option } from "./options.ts";
import { nearest } from "./suggest.ts";
import { quoteWord } from "../output/sanitize.ts";

/** An option of a package. Its long name may be any text, and two options may have equal names. */
export interface PackageOption extends Option {
  long: string;
}

/** The request that the words make. */
export type Request =
  | { kind: "run"; isVerbose: boolean; texts: Map<PackageOption, string | true> }
  | { kind: "help" }
  | { kind: "version" };

const VERBOSE: PackageOption = { long: "verbose", help: "show libbpf's messages" };
const HELP: PackageOption = { long: "help", short: "h", help: "show this" };
const VERSION: PackageOption = { long: "version", short: "V", help: "show the package's version" };

/** The order is clap's: of options with equal names only the first can be given. */
const all = (own: readonly PackageOption[]) => [VERBOSE, ...own, HELP, VERSION];
const byLong = (options: readonly PackageOption[], long: string) => options.find((one) => one.long === long);
const byShort = (options: readonly PackageOption[], short: string) => options.find((one) => one.short === short);

/** A package's own switch of that name, which ecli sets together with its own switch. */
const isOwnVerbose = ({ long, schema }: PackageOption) => long === VERBOSE.long && !schema;

/** Returns the names of an option that select it, and neither another option nor none. */
function reachable(options: readonly PackageOption[], option: PackageOption): { long?: string; short?: string } {
  const { long, short } = option;
  // a name ends at the first =
  const isLong = byLong(options, long) === option && !long.includes("=");
  const isShort = short !== undefined && short !== "-" && byShort(options, short) === option;
  return { ...(isLong && { long }), ...(isShort && { short }) };
}

/** Returns a sentence for each option of a package that cannot be given by one of its names. */
export function unreachableWarnings(own: readonly PackageOption[]): string[] {
  const options = all(own);
  return own
    .filter((option) => !isOwnVerbose(option))
    .flatMap((option) => {
      const { long, short } = reachable(options, option);
      const lost = [
        ...(long === undefined ? [`--${quoteWord(option.long)}`] : []),
        ...(short === undefined && option.short !== undefined ? [`-${quoteWord(option.short)}`] : []),
      ];
      if (!lost.length) return [];
      const why = option.long.includes("=")
        ? "a name ends at the first ="
        : "another option has that name and goes first";
      const other =
        long !== undefined
          ? `give it as --${quoteWord(long)}`
          : short !== undefined
            ? `give it as -${quoteWord(short)}`
            : "its value stays as it is";
      return [`${lost.join(" and ")} cannot be given for "${quoteWord(option.help)}": ${why}; ${other}`];
    });
}

/** Returns all options for the help, with the names by which they can be given. */
export function reachableOptions(own: readonly PackageOption[]): PackageOption[] {
  const options = all(own);
  return [...own, VERBOSE, HELP, VERSION].flatMap((option) => {
    const { long, short } = reachable(options, option);
    if (long === undefined && short === undefined) return [];
    const { short: _, ...rest } = option;
    return [{ ...rest, long: long ?? "", ...(short !== undefined && { short }) }];
  });
}

/**
 * Parses the words behind `--`. A request for help or the version is answered at once, whatever
 * follows it.
 * @throws UsageError
 */
export function parsePackageOptions(program: string, own: readonly PackageOption[], words: readonly string[]): Request {
  const options = all(own);
  const texts = new Map<PackageOption, string | true>();
  const give = (name: string, option: PackageOption, text: string | true) => {
    if (texts.has(option)) throw new UsageError(`${quoteWord(name)} is given twice; leave one out`);
    texts.set(option, text);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--" && i === words.length - 1) break;
    if (word === "--" || word === "-" || !word.startsWith("-"))
      throw strayWord(program, word === "--" ? words[i + 1]! : word);
    const long = word.startsWith("--");
    const equals = long ? word.indexOf("=") : -1;
    const cluster = long ? [word.slice(2, equals < 0 ? undefined : equals)] : Array.from(word.slice(1));
    for (let at = 0; at < cluster.length; at++) {
      const key = cluster[at]!;
      const name = `${long ? "--" : "-"}${key}`;
      const option = (long ? byLong : byShort)(options, key);
      if (!option) throw unknownOption(program, options, name);
      if (!option.schema) {
        if (equals >= 0)
          throw new UsageError(`${quoteWord(name)} takes no value; leave "${quoteWord(word.slice(equals))}" out`);
        if (option === HELP) return { kind: "help" };
        if (option === VERSION) return { kind: "version" };
        give(name, option, true);
        continue;
      }
      const rest = long ? (equals < 0 ? "" : word.slice(equals)) : cluster.slice(at + 1).join("");
      const next = words[i + 1];
      if (rest) {
        give(name, option, rest.replace(/^=/, ""));
      } else if (next === undefined || (next.startsWith("-") && next !== "-")) {
        throw new UsageError(
          `${quoteWord(name)} needs a value: ${quoteWord(name)} VALUE, or ${quoteWord(long ? `${name}=-5` : `${name}-5`)} if it begins with -`,
        );
      } else {
        give(name, option, next);
        i++;
      }
      break;
    }
  }
  const isVerbose = texts.delete(VERBOSE);
  const ownVerbose = own.find(isOwnVerbose);
  if (isVerbose && ownVerbose) texts.set(ownVerbose, true);
  return { kind: "run", isVerbose, texts };
}

function unknownOption(program: string, options: readonly PackageOption[], name: string): UsageError {
  const longs = options.map(({ long }) => long);
  const meant = nearest(name.replace(/^-+/, ""), longs);
  return new UsageError(
    `the package has no option ${quoteWord(name)}; ${meant === undefined ? `${program} --help lists all` : `did you mean --${quoteWord(meant)}?`}`,
  );
}

function strayWord(program: string, word: string): UsageError {
  return new UsageError(
    `"${quoteWord(word)}" is neither an option of the package nor the value of one; ${program} --help lists its options`,
  );
}
