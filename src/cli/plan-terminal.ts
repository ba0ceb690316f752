import { contradiction } from "../errors.ts";
import type { Destination } from "../trace/plan.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";
import { hasColor } from "./plan-output.ts";

/** Resolves --color and --no-color. @throws UsageError */
export function tableHasColor(parsed: ParsedOptions, outputs: readonly Destination[], host: Host): boolean {
  const { color, "no-color": noColor } = parsed;
  if (!noColor) return hasColor(color, outputs, host);
  if (color && color !== "never") throw contradiction("--no-color", `--color ${color}`);
  return false;
}

/** Returns true if the terminal shows UTF-8, by the variables that setlocale(3) reads. */
export function isUtf8Locale({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}
