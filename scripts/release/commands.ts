/** The subcommands with their tables of options: the source of the man page and the completion. */
import { doctorHelpText, helpText, packageHelpText, runHelpText } from "../../src/cli/help.ts";
import { doctorOptions, type Options, options, packageOptions, runOptions } from "../../src/cli/options/index.ts";

interface Command {
  /** Empty for the command line without a subcommand, which traces exits. */
  name: string;
  help: string;
  options: Options;
}

export const commands: readonly Command[] = [
  { name: "", help: helpText("").replace("  ", " "), options },
  { name: "run", help: runHelpText(), options: runOptions },
  { name: "package", help: packageHelpText(), options: packageOptions },
  { name: "doctor", help: doctorHelpText(), options: doctorOptions },
];
