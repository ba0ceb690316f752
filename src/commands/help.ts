import { columnsText, formatHelp } from "../cli/help.ts";
import { helpOf } from "../cli/help-topics.ts";
import { shortHelp } from "../cli/help-trace.ts";
import { type HelpForm, parseCommandLine } from "../cli/parse.ts";
import { isSubcommand, type SubcommandName, subcommands } from "../cli/subcommands.ts";
import { print } from "../log.ts";
import { terminalWidth } from "../system/tty.ts";

const STDOUT = 1;
/** The width of text that goes to a pipe or a file. */
const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 40;
const MAX_WIDTH = 120;

/** `exitsnoop help [SUBCOMMAND]`. @returns the exit status. @throws UsageError */
export function helpCommand(args: readonly string[]): number {
  const { help, operand } = parseCommandLine(subcommands.help, args);
  if (help) return printHelp("help", help);
  return printHelp(isSubcommand(operand) ? operand : undefined, "whole");
}

/**
 * Prints the help of a subcommand, or of the tracer itself. A subcommand has one form of help.
 * @returns the exit status. @throws WriteError
 */
export function printHelp(name: SubcommandName | undefined, form: HelpForm): number {
  return print(name === undefined && form === "short" ? shortHelp() : formatHelp(helpOf(name), helpWidth()));
}

/** `exitsnoop --columns help`. @returns the exit status. @throws WriteError */
export function printColumns(): number {
  return print(columnsText(helpWidth()));
}

/** Returns the width for text on stdout, in characters. */
export function helpWidth(): number {
  return Math.max(MIN_WIDTH, Math.min(terminalColumns() || DEFAULT_WIDTH, MAX_WIDTH));
}

function terminalColumns(): number {
  try {
    return terminalWidth(STDOUT);
  } catch {
    // help is printed even if the native core cannot be loaded
    return 0;
  }
}
