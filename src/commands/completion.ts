import { completions } from "../cli/completion/index.ts";
import { parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { print } from "../log.ts";
import { printHelp } from "./help.ts";

/**
 * `exitsnoop completion SHELL`: prints the script with which a shell completes the command line.
 * @returns the exit status. @throws UsageError, WriteError
 */
export function completionCommand(args: readonly string[]): number {
  const { help, operand = "" } = parseCommandLine(subcommands.completion, args);
  // the parser accepts only these shells
  const script = completions.get(operand);
  return help || !script ? printHelp("completion", help ?? "whole") : print(script());
}
