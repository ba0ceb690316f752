import { parseCommandLine } from "../cli/parse.ts";
import { planReport } from "../cli/plan-report.ts";
import { subcommands } from "../cli/subcommands.ts";
import { setVerbosity } from "../log.ts";
import { startEnvironment } from "../system/environment.ts";
import { trace } from "../trace/exit-tracer.ts";
import { printHelp } from "./help.ts";
import { host } from "./host.ts";

/**
 * `exitsnoop report -- COMMAND`: runs COMMAND, and reports on what it started.
 * @returns the exit status. @throws UsageError, TraceError, WriteError, ChildCommandError
 */
export async function reportCommand(args: readonly string[]): Promise<number> {
  const { parsed, help, command } = parseCommandLine(subcommands.report, args);
  if (help) return printHelp("report", help);
  setVerbosity(parsed);
  // with the variables of GitHub Actions
  return trace(planReport(parsed, command, { ...host, environment: startEnvironment() }));
}
