import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { defineCommand, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { CommandFailed, UsageError } from "./cli/errors.ts";
import { columnsText, helpText } from "./cli/help.ts";
import { parse } from "./cli/parse.ts";
import { planTrace } from "./cli/plan.ts";
import { say, setLoudness } from "./cli/say.ts";
import { run } from "./commands/run.ts";
import { trace } from "./commands/trace.ts";
import { userId } from "./libbpf/process.ts";
import { findCgroups, v1Controller } from "./select/cgroups.ts";

const { name, version, description } = packageJson;
const STDOUT = 1;

const runner = defineCommand({
  meta: { name: `${name} run`, description: "runs an eunomia package" },
  run: ({ rawArgs }) => run(rawArgs),
});

const tracer = defineCommand({
  meta: { name, version, description },
  run({ rawArgs }) {
    const line = parse(rawArgs);
    const { given } = line;
    if (given.help) return print(helpText(version));
    if (given.version) return print(`${name} ${version}\n`);
    if (given.columns?.[0] === "help") return print(columnsText());
    setLoudness(given);
    return trace(planTrace(line, { isTerminal: isatty, environment: process.env, userId, v1Controller, findCgroups }));
  },
});

/** Asked-for text goes to stdout, so that it can be paged. */
function print(text: string): number {
  writeSync(STDOUT, text);
  return 0;
}

/** By the first word alone: after an option it would be that one's value. */
const commands: Record<string, typeof runner> = { run: runner };

/** The one place where an error becomes a sentence and an exit status. */
try {
  const [first = "", ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(commands, first) ? commands[first]! : undefined;
  const { result } = await runCommand(command ?? tracer, { rawArgs: command ? rest : process.argv.slice(2) });
  process.exit(Number(result));
} catch (error) {
  say.error(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof UsageError ? 2 : error instanceof CommandFailed ? error.status : 1);
}
