import { isatty } from "node:tty";
import { parseCommandLine } from "../cli/parse.ts";
import { planReplay } from "../cli/plan-replay.ts";
import { subcommands } from "../cli/subcommands.ts";
import { setVerbosity } from "../log.ts";
import { replay } from "../replay/replay.ts";
import { printColumns, printHelp } from "./help.ts";

/**
 * `exitsnoop replay FILE...`: prints the exits in recordings. Needs no native core, unless --output
 * names a file.
 * @returns the exit status. @throws UsageError, TraceError, WriteError
 */
export function replayCommand(args: readonly string[]): Promise<number> | number {
  const { parsed, help, operands } = parseCommandLine(subcommands.replay, args);
  if (help) return printHelp("replay", help);
  if (parsed.columns?.[0] === "help") return printColumns();
  setVerbosity(parsed);
  return replay(planReplay(parsed, operands ?? [], { isTerminal: isatty, environment: process.env }));
}
