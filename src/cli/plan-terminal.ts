import { UsageError } from "../errors.ts";
import type { Destination } from "../trace/plan.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";
import { hasColor } from "./plan-output.ts";

/** Returns true if every output is a terminal, where tables have their form for people. */
export function areTerminals(output: Destination, { isTerminal }: Pick<Host, "isTerminal">): boolean {
  return [output].flat().every((one) => "fd" in one && isTerminal(one.fd));
}

/** Resolves --color and --no-color. @throws UsageError */
export function tableHasColor(parsed: ParsedOptions, output: Destination, host: Host): boolean {
  const { color, "no-color": noColor } = parsed;
  if (!noColor) return hasColor(color, output, host);
  if (color && color !== "never") {
    throw new UsageError(`--no-color and --color ${color} contradict each other; leave one out`);
  }
  return false;
}

/** Returns true if the terminal shows UTF-8, by the variables that setlocale(3) reads. */
export function isUtf8Locale({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}
