import { writeSync } from "node:fs";
import { defineCommand, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { UsageError } from "./cli/errors.ts";
import { helpText } from "./cli/help.ts";
import { parse } from "./cli/parse.ts";
import { planTrace } from "./cli/plan.ts";
import { say, setLoudness } from "./cli/say.ts";
import { trace } from "./commands/trace.ts";

const { name, version, description } = packageJson;
const STDOUT = 1;

const exitsnoop = defineCommand({
  meta: { name, version, description },
  run({ rawArgs }) {
    const given = parse(rawArgs);
    if (given.help) return print(helpText(version));
    if (given.version) return print(`${name} ${version}\n`);
    setLoudness(given);
    trace(planTrace(given, process.stdout.isTTY ?? false, process.env));
  },
});

/** Asked-for text goes to stdout, so that it can be paged. */
function print(text: string): void {
  writeSync(STDOUT, text);
}

/** The one place where an error becomes a sentence and an exit status. */
try {
  await runCommand(exitsnoop, { rawArgs: process.argv.slice(2) });
  process.exit(0);
} catch (error) {
  say.error(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof UsageError ? 2 : 1);
}
