/**
 * Parses a package's own options as ecli 0.2.9 does, which uses clap 4.3.
 * test/eunomia/options.test.ts compares the two.
 */
import { UsageError } from "../errors.ts";
import type { PackageOption } from "../eunomia/package-option.ts";
import { quoteWord } from "../text/sanitize.ts";
import { nearest } from "./suggest.ts";

type PackageRequest =
  | { kind: "run"; isVerbose: boolean; texts: Map<PackageOption, string | true> }
  | { kind: "help" }
  | { kind: "version" };

const VERBOSE: PackageOption = { long: "verbose", help: "print libbpf's messages" };
const HELP: PackageOption = { long: "help", short: "h", help: "print this help" };
const VERSION: PackageOption = { long: "version", short: "V", help: "print the package's version" };

/** The order is clap's: of options with equal names only the first can be given. */
const allOptions = (own: readonly PackageOption[]) => [VERBOSE, ...own, HELP, VERSION];
const byLong = (options: readonly PackageOption[], long: string) => options.find((one) => one.long === long);
const byShort = (options: readonly PackageOption[], short: string) => options.find((one) => one.short === short);

/** Matches a package's own switch --verbose, which ecli sets together with its own. */
const isOwnVerbose = ({ long, value }: PackageOption) => long === VERBOSE.long && value === undefined;

/** Returns the names that select this option: of options with equal names the first one wins. */
function usableNames(options: readonly PackageOption[], option: PackageOption): { long?: string; short?: string } {
  const { long, short } = option;
  // a name ends at the first =
  const isLong = byLong(options, long) === option && !long.includes("=");
  const isShort = short !== undefined && short !== "-" && byShort(options, short) === option;
  return { ...(isLong && { long }), ...(isShort && { short }) };
}

/** Returns a warning for each option of a package that one of its names does not select. */
export function unreachableWarnings(own: readonly PackageOption[]): string[] {
  const options = allOptions(own);
  return own.flatMap((option) => {
    const { long, short } = usableNames(options, option);
    const unusable: string[] = [];
    if (long === undefined) unusable.push(`--${quoteWord(option.long)}`);
    if (short === undefined && option.short !== undefined) unusable.push(`-${quoteWord(option.short)}`);
    if (!unusable.length || isOwnVerbose(option)) return [];
    const why = option.long.includes("=")
      ? "a name ends at the first ="
      : "another option has that name and goes first";
    const name = long !== undefined ? `--${quoteWord(long)}` : short !== undefined ? `-${quoteWord(short)}` : undefined;
    const advice = name ? `give it as ${name}` : "its value stays as it is";
    return [`${unusable.join(" and ")} cannot be given for "${quoteWord(option.help)}": ${why}; ${advice}`];
  });
}

/** Returns all options that can be given, with the names that select them, for the help. */
export function reachableOptions(own: readonly PackageOption[]): PackageOption[] {
  const options = allOptions(own);
  return [...own, VERBOSE, HELP, VERSION].flatMap((option) => {
    const { long, short } = usableNames(options, option);
    if (long === undefined && short === undefined) return [];
    const { short: _, ...rest } = option;
    return [{ ...rest, long: long ?? "", ...(short !== undefined && { short }) }];
  });
}

/**
 * Parses the words after `--`. Returns a request for help or the version at once, whatever follows
 * it. @throws UsageError
 */
export function parsePackageOptions(
  program: string,
  own: readonly PackageOption[],
  words: readonly string[],
): PackageRequest {
  const options = allOptions(own);
  const texts = new Map<PackageOption, string | true>();
  const queue = [...words];
  while (queue.length) {
    const word = queue.shift()!;
    if (word === "--" && !queue.length) break;
    if (word === "--") throw strayWord(program, queue[0]!);
    if (word === "-" || !word.startsWith("-")) throw strayWord(program, word);
    const isLong = word.startsWith("--");
    const equals = isLong ? word.indexOf("=") : -1;
    const keys = isLong ? [word.slice(2, equals < 0 ? undefined : equals)] : Array.from(word.slice(1));
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      const name = `${isLong ? "--" : "-"}${key}`;
      const option = (isLong ? byLong : byShort)(options, key);
      if (!option) throw unknownOption(program, options, name);
      let text: string | true = true;
      if (option.value === undefined) {
        if (equals >= 0)
          throw new UsageError(`${quoteWord(name)} takes no value; leave "${quoteWord(word.slice(equals))}" out`);
        if (option === HELP) return { kind: "help" };
        if (option === VERSION) return { kind: "version" };
      } else {
        // the rest of the word is the value; `keys` is empty then
        const attached = isLong ? (equals < 0 ? "" : word.slice(equals)) : keys.splice(0).join("");
        text = attached ? attached.replace(/^=/, "") : takeValue(queue, name, isLong);
      }
      if (texts.has(option)) throw new UsageError(`${quoteWord(name)} is given twice; leave one out`);
      texts.set(option, text);
    }
  }
  const isVerbose = texts.delete(VERBOSE);
  const ownVerbose = own.find(isOwnVerbose);
  if (isVerbose && ownVerbose) texts.set(ownVerbose, true);
  return { kind: "run", isVerbose, texts };
}

/** Removes the next word, the value of an option, from the queue. @throws UsageError */
function takeValue(queue: string[], name: string, isLong: boolean): string {
  const value = queue.shift();
  if (value !== undefined && (value === "-" || !value.startsWith("-"))) return value;
  const example = quoteWord(isLong ? `${name}=-5` : `${name}-5`);
  throw new UsageError(`${quoteWord(name)} needs a value: ${quoteWord(name)} VALUE, or ${example} if it begins with -`);
}

function unknownOption(program: string, options: readonly PackageOption[], name: string): UsageError {
  const longs = options.map(({ long }) => long);
  const meant = nearest(name.replace(/^-+/, ""), longs);
  const hint = meant === undefined ? `${program} --help lists all` : `did you mean --${quoteWord(meant)}?`;
  return new UsageError(`the package has no option ${quoteWord(name)}; ${hint}`);
}

function strayWord(program: string, word: string): UsageError {
  return new UsageError(
    `"${quoteWord(word)}" is neither an option of the package nor the value of one; ${program} --help lists its options`,
  );
}
