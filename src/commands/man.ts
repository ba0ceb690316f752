import { isatty } from "node:tty";
import { buildInfo } from "../cli/build-info.ts";
import { formatHelp } from "../cli/help.ts";
import { helpOf } from "../cli/help-topics.ts";
import { manPage } from "../cli/man.ts";
import { parseCommandLine } from "../cli/parse.ts";
import { subcommandNames, subcommands } from "../cli/subcommands.ts";
import { print } from "../log.ts";
import { startEnvironment } from "../system/environment.ts";
import { helpWidth, printHelp } from "./help.ts";

const STDOUT = 1;
/** man-db's exit status if the formatter or the pager was interrupted or failed. */
const MAN_CHILD_FAILED = 3;

/**
 * `exitsnoop man`: prints the manual page in the format of man(1) or, if stdout is a terminal,
 * shows it with man(1). Where that is missing, prints the help of all commands.
 * @returns the exit status. @throws UsageError, WriteError
 */
export function manCommand(args: readonly string[]): number {
  const { help } = parseCommandLine(subcommands.man, args);
  if (help) return printHelp("man", help);
  const page = manPage(buildInfo);
  // not system/tty.ts, which needs the native core
  if (!isatty(STDOUT)) return print(page);
  if (showPage(page)) return 0;
  return print([undefined, ...subcommandNames].map((name) => formatHelp(helpOf(name), helpWidth())).join("\n"));
}

/** Returns false if there is no man(1), or if it cannot show a page that is not a file. */
function showPage(page: string): boolean {
  const man = Bun.which("man");
  if (!man) return false;
  // Ctrl-C belongs to the pager, as with man itself
  process.on("SIGINT", () => {});
  const { exitCode } = Bun.spawnSync([man, "-l", "-"], {
    // with PAGER and others
    env: startEnvironment(),
    stdin: Buffer.from(page),
    stdout: "inherit",
    stderr: "inherit",
  });
  return exitCode === 0 || exitCode === MAN_CHILD_FAILED;
}
