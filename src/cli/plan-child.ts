import { UsageError } from "../errors.ts";
import type { Layout } from "../output/index.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { CommandPlan, Destination } from "../trace/plan.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";
import { isUid } from "./plan-filters.ts";

const STDERR = 2;

/** Resolves the words of COMMAND and the options for it. @throws UsageError */
export function resolveCommand(
  parsed: ParsedOptions,
  words: readonly string[] | undefined,
  host: Host,
): CommandPlan | undefined {
  const { as: user, "no-wait": noWait, "fail-on": failOn } = parsed;
  if (words) {
    if (user !== undefined && host.userId(user) === undefined && !isUid(user))
      throw new UsageError(
        `--as ${quoteWord(user)}: there is no such user here; give a name that getent passwd lists, or a uid`,
      );
    return { words, user, waitsForAll: !noWait, failOn: failOn ?? [] };
  }
  if (user) throw new UsageError("--as needs a COMMAND: exitsnoop --as USER -- COMMAND");
  if (noWait) throw new UsageError("--no-wait needs a COMMAND: exitsnoop --no-wait -- COMMAND");
  if (failOn) throw new UsageError("--fail-on needs a COMMAND: exitsnoop --fail-on signal -- COMMAND");
  return undefined;
}

/**
 * Returns a warning if events for programs would go to the terminal that shows the messages of
 * COMMAND as well.
 */
export function sharedTerminalWarning(
  layout: Layout,
  outputs: readonly Destination[],
  command: CommandPlan | undefined,
  { isTerminal }: Pick<Host, "isTerminal">,
): string[] {
  const isForPrograms = layout === "json" || layout === "csv" || layout === "otlp";
  const isShared = outputs.some((output) => "fd" in output && output.fd === STDERR) && isTerminal(STDERR);
  if (!command || !isForPrograms || !isShared) return [];
  const name = quoteWord(command.words[0]!);
  return [
    `${layout.toUpperCase()} and the messages of ${name} both go to this terminal: ` +
      "-o FILE writes the events to a file, -o - to standard output",
  ];
}
