import { defineCommand, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { isSubcommand } from "./cli/subcommands.ts";
import { commandLoaders } from "./commands/index.ts";
import { traceCommand } from "./commands/trace.ts";
import { ChildCommandError, UsageError } from "./errors.ts";
import { log } from "./log.ts";
import { exitNow } from "./system/engine.ts";

const { name, version, description } = packageJson;
const args = process.argv.slice(2);

const exitsnoop = defineCommand({
  meta: { name, version, description },
  async run() {
    // a later word may be the value of an option, or a program to trace
    const [first, ...others] = args;
    if (!isSubcommand(first)) return traceCommand(args);
    const command = await commandLoaders[first]();
    // `exitsnoop run help`; a package in a file of that name is ./help
    return command(others.length === 1 && others[0] === "help" ? ["--help"] : others);
  },
});

/** Turns every error into a message and an exit status. */
try {
  // citty gets no arguments: its parser throws on -D_GNU_SOURCE, in which it finds an option _
  const { result } = await runCommand(exitsnoop, { rawArgs: [] });
  exitNow(Number(result));
} catch (error) {
  log.error(error instanceof Error ? error.message : String(error));
  exitNow(error instanceof UsageError ? 2 : error instanceof ChildCommandError ? error.status : 1);
}
