import type { Destination } from "../trace/plan.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";

/** Resolves --output. By default events go to stdout, or to stderr if a child command runs. */
export function resolveOutput({ output }: ParsedOptions, hasCommand: boolean): Destination {
  if (output !== undefined && output !== "-") return { file: output };
  return { fd: hasCommand && output === undefined ? 2 : 1 };
}

/** Without --color, colors output on a terminal unless NO_COLOR is set (https://no-color.org). */
export function hasColor(
  color: ParsedOptions["color"],
  output: Destination,
  { isTerminal, environment }: Pick<Host, "isTerminal" | "environment">,
): boolean {
  if (color === "always" || color === "never") return color === "always";
  return "fd" in output && isTerminal(output.fd) && !environment.NO_COLOR && environment.TERM !== "dumb";
}
