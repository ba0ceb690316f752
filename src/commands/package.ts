import { readFileSync } from "node:fs";
import tutorial from "../../build/exitsnoop.package" with { type: "file" };
import recorder from "../../build/recorder.package" with { type: "file" };
import { parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { writeFile, writeOpen } from "../eunomia/write-package.ts";
import { log, setVerbosity } from "../log.ts";
import { shellLine } from "../output/shell-line.ts";
import { writeAll } from "../system/files.ts";
import { isTerminal } from "../system/tty.ts";
import { quotePath } from "../text/sanitize.ts";
import { printHelp } from "./help.ts";

const STDOUT = 1;
/** The value of --output that names stdout. */
const STDOUT_NAME = "-";
const DEFAULT_FILE = "package.json";

/**
 * `exitsnoop package`: writes a package.json, with its object, that was made when this binary was
 * built (scripts/build/package.ts).
 * @returns the exit status. @throws UsageError, WriteError
 */
export function packageCommand(args: readonly string[]): number {
  const { parsed, help } = parseCommandLine(subcommands.package, args);
  if (help) return printHelp("package", help);
  setVerbosity(parsed);
  const bytes = readFileSync(parsed.recorder ? recorder : tutorial);
  const what = parsed.recorder ? "the package of the full record" : "the package";
  const file = parsed.output ?? (isTerminal(STDOUT) ? DEFAULT_FILE : STDOUT_NAME);
  if (file === STDOUT_NAME) {
    writeOpen(writeAll, STDOUT, "standard output", bytes);
    log.info(`Wrote ${what} to standard output, ${bytes.length} bytes; ${runLines("FILE")}`);
  } else {
    const name = quotePath(file);
    writeFile(writeAll, file, bytes, parsed.force ?? false);
    log.info(`Wrote ${what} to ${name}, ${bytes.length} bytes; ${runLines(file)}`);
  }
  return 0;
}

/** Returns the sentence with the commands that run a package. */
function runLines(file: string): string {
  // `-` at the beginning would be an option
  const path = file.startsWith("-") ? `./${file}` : file;
  const [ours, ecli] = ["exitsnoop", "ecli"].map((program) => shellLine(["sudo", program, "run", path]));
  return `run it with: ${ours}, or ${ecli}`;
}
