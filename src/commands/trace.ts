import packageJson from "../../package.json" with { type: "json" };
import { columnsText, helpText } from "../cli/help.ts";
import { parse } from "../cli/parse.ts";
import { planTrace } from "../cli/plan.ts";
import { print, setVerbosity } from "../log.ts";
import { findCgroups } from "../recorder/find-cgroups.ts";
import { v1Controller } from "../system/cgroups.ts";
import { isTerminal } from "../system/tty.ts";
import { userId } from "../system/users.ts";
import { trace } from "../trace/exit-tracer.ts";

const { name, version } = packageJson;

/**
 * `exitsnoop` without a subcommand: prints every exit until something ends the trace.
 * @returns the exit status. @throws UsageError, TraceError, WriteError, ChildCommandError
 */
export function traceCommand(args: readonly string[]): number {
  const line = parse(args);
  const { parsed } = line;
  if (parsed.help) return print(helpText(version));
  if (parsed.version) return print(`${name} ${version}\n`);
  if (parsed.columns?.[0] === "help") return print(columnsText());
  setVerbosity(parsed);
  return trace(planTrace(line, { isTerminal, environment: process.env, userId, v1Controller, findCgroups }));
}
