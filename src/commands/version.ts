import packageJson from "../../package.json" with { type: "json" };
import { parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { print } from "../log.ts";
import { printHelp } from "./help.ts";

const { name, version } = packageJson;

/** `exitsnoop version`: prints what a report of a bug needs. @returns the exit status. */
export function versionCommand(args: readonly string[]): number {
  const { help } = parseCommandLine(subcommands.version, args);
  if (help) return printHelp("version", help);
  return print(`${name} ${version}\n`);
}
