import { parseCommandLine } from "../cli/parse.ts";
import { planTop } from "../cli/plan-top.ts";
import { subcommands } from "../cli/subcommands.ts";
import { setVerbosity } from "../log.ts";
import { trace } from "../trace/exit-tracer.ts";
import { printHelp } from "./help.ts";
import { host } from "./host.ts";

/**
 * `exitsnoop top`: shows the sums of exits in each interval until something ends the trace.
 * @returns the exit status. @throws UsageError, TraceError, WriteError
 */
export async function topCommand(args: readonly string[]): Promise<number> {
  const { parsed, help } = parseCommandLine(subcommands.top, args);
  if (help) return printHelp("top", help);
  setVerbosity(parsed);
  return trace(planTop(parsed, host));
}
