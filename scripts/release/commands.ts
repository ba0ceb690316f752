/** The subcommands with their tables of options: the source of the man page and the completion. */
import { formatHelp } from "../../src/cli/help.ts";
import { helpOf } from "../../src/cli/help-topics.ts";
import { type Options, options } from "../../src/cli/options/index.ts";
import { subcommandNames, subcommands } from "../../src/cli/subcommands.ts";

interface Command {
  /** Empty for the command line without a subcommand, which traces exits. */
  name: string;
  help: string;
  options: Options;
}

const WIDTH = 120;

export const commands: readonly Command[] = [
  { name: "", help: formatHelp(helpOf(undefined), WIDTH), options },
  ...subcommandNames.map((name) => ({
    name,
    help: formatHelp(helpOf(name), WIDTH),
    options: subcommands[name].options,
  })),
];
