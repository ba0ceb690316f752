/** Command lines from habit: src/cli accepts each as it is meant, or says what to write. */
import { expect, test } from "bun:test";
import { parse, parseCommandLine } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { isSubcommand, subcommands } from "../../src/cli/subcommands.ts";
import { UsageError } from "../../src/errors.ts";
import { fakeHost } from "../support/fake-host.ts";
import { habits, habitWords } from "../support/habits.ts";

const PROGRAMS = new Set(["ls", "id", "ps", "make", "sleep", "true", "time", "man"]);

function parseWords([first, ...others]: string[]) {
  if (isSubcommand(first)) return parseCommandLine(subcommands[first], others);
  const line = parse([...(first === undefined ? [] : [first]), ...others], (word) => PROGRAMS.has(word));
  planTrace(line, fakeHost());
  return line;
}

test.each(habits)("exitsnoop %s: accepted as meant, or refused with a correction", (line, answer) => {
  const words = habitWords(line);
  if (typeof answer === "string") {
    expect(() => parseWords(words)).toThrow(UsageError);
    expect(() => parseWords(words)).toThrow(answer);
  } else {
    const { parsed, command } = parseWords(words);
    expect(parsed).toMatchObject(answer.parsed ?? {});
    expect(command).toEqual(answer.command as string[] | undefined);
  }
});
