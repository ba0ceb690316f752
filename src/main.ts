import { defineCommand, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { ChildCommandError, UsageError } from "./errors.ts";
import { columnsText, helpText } from "./cli/help.ts";
import { parse } from "./cli/parse.ts";
import { planTrace } from "./cli/plan.ts";
import { print, say, setVerbosity } from "./log.ts";
import { trace } from "./trace/session.ts";
import { isTerminal, leave, userId } from "./system/process.ts";
import { findCgroups, v1Controller } from "./filter/cgroups.ts";

const { name, version, description } = packageJson;

/**
 * By the first word alone: after an option it would be that one's value. Whatever else it is, exits are traced. What these need is
 * loaded with them: it would cost each trace some milliseconds at its start.
 */
const commands = new Map<string | undefined, (args: string[]) => Promise<number>>([
  ["package", async (args) => (await import("./commands/package.ts")).packageCommand(args)],
  ["run", async (args) => (await import("./commands/run.ts")).run(args)],
  ["doctor", async (args) => (await import("./commands/doctor.ts")).doctor(args)],
]);

const exitsnoop = defineCommand({
  meta: { name, version, description },
  run({ rawArgs }) {
    const command = commands.get(rawArgs[0]);
    if (command) return command(rawArgs.slice(1));
    const line = parse(rawArgs);
    const { given } = line;
    if (given.help) return print(helpText(version));
    if (given.version) return print(`${name} ${version}\n`);
    if (given.columns?.[0] === "help") return print(columnsText());
    setVerbosity(given);
    return trace(planTrace(line, { isTerminal, environment: process.env, userId, v1Controller, findCgroups }));
  },
});

/** The one place where an error becomes a sentence and an exit status. */
try {
  const { result } = await runCommand(exitsnoop, { rawArgs: process.argv.slice(2) });
  leave(Number(result));
} catch (error) {
  say.error(error instanceof Error ? error.message : String(error));
  leave(error instanceof UsageError ? 2 : error instanceof ChildCommandError ? error.status : 1);
}
