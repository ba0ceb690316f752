import { parseCommandLine } from "../cli/parse.ts";
import { planAgent } from "../cli/plan-agent.ts";
import { subcommands } from "../cli/subcommands.ts";
import { setVerbosity } from "../log.ts";
import { printHelp } from "./help.ts";
import { host } from "./host.ts";

/**
 * `exitsnoop agent`: runs a tracer and an exporter, and starts them again when they die.
 * @returns the exit status. @throws UsageError, TraceError
 */
export async function agentCommand(args: readonly string[]): Promise<number> {
  const { parsed, help } = parseCommandLine(subcommands.agent, args);
  if (help) return printHelp("agent", help);
  setVerbosity(parsed);
  const plan = planAgent(parsed, args, subcommands.agent, host);
  // imported late: help and refused command lines do not need the agent's code
  const { runAgent } = await import("../agent/run-agent.ts");
  return runAgent(plan);
}
