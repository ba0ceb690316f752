import { isatty } from "node:tty";
import { openLog } from "../bpf/log.ts";
import { buildInfo } from "../cli/build-info.ts";
import { parseCommandLine } from "../cli/parse.ts";
import { hasColor } from "../cli/plan-output.ts";
import { subcommands } from "../cli/subcommands.ts";
import { runChecks } from "../doctor/checks.ts";
import { passed, reportJson, reportText } from "../doctor/report.ts";
import { isVerbose, print, setVerbosity } from "../log.ts";
import { helpWidth, printHelp } from "./help.ts";

const STDOUT = 1;

/**
 * `exitsnoop doctor`: reports what this machine allows, and what to do about the rest.
 * @returns the exit status: 0 if exits can be traced, else 1. @throws UsageError
 */
export function doctor(args: readonly string[]): number {
  const { parsed, help } = parseCommandLine(subcommands.doctor, args);
  if (help) return printHelp("doctor", help);
  setVerbosity(parsed);
  try {
    openLog(isVerbose());
  } catch {
    // the native core cannot be loaded, which the report has a line for
  }
  const results = runChecks({ btfFile: parsed.btf });
  if (parsed.json) {
    print(reportJson(results, buildInfo.version));
  } else {
    const color = hasColor(parsed.color, [{ fd: STDOUT }], { isTerminal: isatty, environment: process.env });
    print(reportText(results, { hasColor: color, width: helpWidth() }));
  }
  return passed(results) ? 0 : 1;
}
