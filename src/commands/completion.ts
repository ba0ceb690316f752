import { completions } from "../cli/completion/index.ts";
import { parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { UsageError } from "../errors.ts";
import { print } from "../log.ts";
import { quoteWord } from "../text/sanitize.ts";
import { printHelp } from "./help.ts";

/**
 * `exitsnoop completion SHELL`: prints the script with which a shell completes the command line.
 * @returns the exit status. @throws UsageError, WriteError
 */
export function completionCommand(args: readonly string[]): number {
  const { help, operand } = parseCommandLine(subcommands.completion, args);
  if (help) return printHelp("completion", help);
  const shells = [...completions.keys()].join(", ");
  if (operand === undefined) throw new UsageError(`which shell? ${shells}; as in: exitsnoop completion bash`);
  const script = completions.get(operand);
  if (!script) throw new UsageError(`no completion for "${quoteWord(operand)}"; there is one for ${shells}`);
  return print(script());
}
