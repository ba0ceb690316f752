import { parseCommandLine } from "../cli/parse.ts";
import { jsonSchema } from "../cli/schema.ts";
import { subcommands } from "../cli/subcommands.ts";
import { print } from "../log.ts";
import { printHelp } from "./help.ts";

/**
 * `exitsnoop schema`: prints the JSON Schema of the lines of `--format json`.
 * @returns the exit status. @throws UsageError, WriteError
 */
export function schemaCommand(args: readonly string[]): number {
  const { help } = parseCommandLine(subcommands.schema, args);
  if (help) return printHelp("schema", help);
  return print(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
}
