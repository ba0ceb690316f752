import { parse } from "../cli/parse.ts";
import { planTrace } from "../cli/plan.ts";
import { setVerbosity } from "../log.ts";
import { trace } from "../trace/exit-tracer.ts";
import { host } from "./host.ts";

/**
 * `exitsnoop` without a subcommand: prints every exit until something ends the trace.
 * @returns the exit status. @throws UsageError, TraceError, WriteError, ChildCommandError
 */
export async function traceCommand(args: readonly string[]): Promise<number> {
  const line = parse(args);
  const { parsed, help } = line;
  if (help) return (await import("./help.ts")).printHelp(undefined, help);
  if (parsed.version) return (await import("./version.ts")).versionCommand([]);
  if (parsed.columns?.[0] === "help") return (await import("./help.ts")).printColumns();
  setVerbosity(parsed);
  return trace(planTrace(line, host));
}
