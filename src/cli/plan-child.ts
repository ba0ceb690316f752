import { UsageError } from "../errors.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { CommandPlan } from "../trace/plan.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";
import { isUid } from "./plan-filters.ts";

/** Resolves the words of COMMAND and the options for it. @throws UsageError */
export function resolveCommand(
  parsed: ParsedOptions,
  words: readonly string[] | undefined,
  host: Host,
): CommandPlan | undefined {
  const { as: user, "no-wait": noWait } = parsed;
  if (words) {
    if (user !== undefined && host.userId(user) === undefined && !isUid(user))
      throw new UsageError(`--as ${quoteWord(user)}: there is no such user here`);
    return { words, user, waitsForAll: !noWait };
  }
  if (user) throw new UsageError("--as needs a COMMAND: exitsnoop --as USER -- COMMAND");
  if (noWait) throw new UsageError("--no-wait needs a COMMAND: exitsnoop --no-wait -- COMMAND");
  return undefined;
}
