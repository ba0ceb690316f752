import { parseCommandLine } from "../cli/parse.ts";
import { planExport } from "../cli/plan-export.ts";
import { subcommands } from "../cli/subcommands.ts";
import { setVerbosity } from "../log.ts";
import { printHelp } from "./help.ts";

/**
 * `exitsnoop export [FILE]`: passes the exits in JSON lines on, in a process without privileges.
 * @returns the exit status. @throws UsageError, TraceError
 */
export async function exportCommand(args: readonly string[]): Promise<number> {
  const { parsed, help, operand } = parseCommandLine(subcommands.export, args);
  if (help) return printHelp("export", help);
  setVerbosity(parsed);
  const plan = planExport(parsed, operand);
  // help and wrong command lines do without the exporter's code
  const { runExporter } = await import("../export/exporter.ts");
  return runExporter(plan);
}
