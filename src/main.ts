import { defineCommand, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { traceCommand } from "./commands/trace.ts";
import { ChildCommandError, UsageError } from "./errors.ts";
import { log } from "./log.ts";
import { exitNow } from "./system/engine.ts";

const { name, version, description } = packageJson;

/**
 * The subcommands, of which only the first word of the command line is one: a later word may be the
 * value of an option. They are imported on demand, which keeps the start of a trace fast.
 */
const subcommands = new Map<string | undefined, (args: string[]) => Promise<number>>([
  ["package", async (args) => (await import("./commands/package.ts")).packageCommand(args)],
  ["run", async (args) => (await import("./commands/run.ts")).run(args)],
  ["doctor", async (args) => (await import("./commands/doctor.ts")).doctor(args)],
]);

const exitsnoop = defineCommand({
  meta: { name, version, description },
  run({ rawArgs }) {
    const subcommand = subcommands.get(rawArgs[0]);
    return subcommand ? subcommand(rawArgs.slice(1)) : traceCommand(rawArgs);
  },
});

/** Turns every error into a message and an exit status. */
try {
  const { result } = await runCommand(exitsnoop, { rawArgs: process.argv.slice(2) });
  exitNow(Number(result));
} catch (error) {
  log.error(error instanceof Error ? error.message : String(error));
  exitNow(error instanceof UsageError ? 2 : error instanceof ChildCommandError ? error.status : 1);
}
