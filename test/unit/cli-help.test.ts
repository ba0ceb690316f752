import { describe, expect, test } from "bun:test";
import { columnsText, formatHelp, type Help, optionMeaning, optionNames } from "../../src/cli/help.ts";
import { helpOf } from "../../src/cli/help-topics.ts";
import { shortHelp } from "../../src/cli/help-trace.ts";
import { type Option, optionGroups, options } from "../../src/cli/options/index.ts";
import { parse, parseCommandLine } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { isSubcommand, subcommandNames, subcommands } from "../../src/cli/subcommands.ts";
import { columns } from "../../src/output/index.ts";
import { fakeHost } from "../support/fake-host.ts";

const topics = [undefined, ...subcommandNames];
const whole = formatHelp(helpOf(undefined), 80);
const lines = whole.split("\n");

const widthOf = (line: string) => [...line].length;
const rowsOf = ({ usage, sections }: Help) => [...usage, ...sections.flatMap(({ rows = [] }) => rows)];

/** Splits a command line as a shell does, up to its first pipe or redirection. */
function shellWords(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|[^ ]+/g) ?? [];
  const end = words.findIndex((word) => word === "|" || word === ">");
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
}

/** Parses an example, and plans it if it is one of the tracer's. */
function accept(example: string): void {
  const [sudo, ...rest] = shellWords(example);
  const words = sudo === "sudo" ? rest : [sudo!, ...rest];
  expect(words[0]).toBe("exitsnoop");
  const [name, ...args] = words.slice(1);
  if (isSubcommand(name)) parseCommandLine(subcommands[name], args);
  else planTrace(parse(words.slice(1)), fakeHost({ userId: () => 1000 }));
}

test.each(topics)("help of %p: at widths from 40 to 120, no line is longer but whole commands and options", (name) => {
  const help = helpOf(name);
  const unbroken = rowsOf(help).map(([left]) => left);
  const optionNamesOf = help.sections.flatMap(({ options: table = {} }) =>
    Object.entries(table).map(([key, option]) => optionNames(key, option)),
  );
  for (let width = 40; width <= 120; width++) {
    const long = formatHelp(help, width)
      .split("\n")
      .filter((line) => widthOf(line) > width && ![...unbroken, ...optionNamesOf].includes(line.slice(2)));
    expect(long).toEqual([]);
  }
});

test.each(topics)("help of %p: has no trailing spaces and ends with a line feed", (name) => {
  const text = formatHelp(helpOf(name), 80);
  expect(text.split("\n").filter((line) => /\s$/.test(line))).toEqual([]);
  expect(text).toEndWith("\n");
  expect(text).not.toEndWith("\n\n");
});

test.each(topics)("help of %p: says the same at every width", (name) => {
  const words = (width: number) => formatHelp(helpOf(name), width).split(/\s+/);
  expect(words(40)).toEqual(words(120));
});

test.each(topics)("help of %p: its examples are valid command lines", (name) => {
  const examples = helpOf(name).sections.flatMap(({ heading, rows = [] }) =>
    /^(Examples|Recipes)$/.test(heading) ? rows.map(([line]) => line) : [],
  );
  expect(examples.length).toBeGreaterThanOrEqual(1);
  for (const example of examples.filter((line) => !line.startsWith("source "))) accept(example);
});

describe("--help:", () => {
  test.each(Object.entries<Option>(options))("--%s: in one section, with its letter, value and meaning", (name) => {
    const option: Option = (options as Record<string, Option>)[name]!;
    const wide = formatHelp(helpOf(undefined), 10_000).split("\n");
    const rows = wide.filter((line) => line.startsWith(`  ${optionNames(name, option)} `));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toEndWith(`  ${optionMeaning(option)}`);
  });

  test("the sections have all options of the tracer", () => {
    const names = Object.values(optionGroups).flatMap((group) => Object.keys(group));
    expect(names.sort()).toEqual(Object.keys(options).sort());
  });

  test("the meanings of a section's options begin in one column", () => {
    const start = lines.indexOf("Filters:");
    const section = lines.slice(start + 1, lines.indexOf("", start));
    const rows = section.filter((line) => /^ {2}(-\w|   ) ?,? --/.test(line) && /\S {2,}\S/.test(line.slice(8)));
    expect(rows.length).toBeGreaterThan(3);
    const starts = rows.map((line) => line.length - line.replace(/^.*\S {2,}(?=\S)/, "").length);
    expect(new Set(starts).size).toBe(1);
  });

  test("lists every subcommand with its operand and summary", () => {
    const wide = formatHelp(helpOf(undefined), 200);
    for (const name of subcommandNames) {
      expect(wide).toMatch(new RegExp(`^  ${name}\\b.*  ${subcommands[name].summary}$`, "m"));
    }
    expect(wide).toContain("  completion bash|zsh|fish ");
    expect(wide).toContain("  help [SUBCOMMAND] ");
  });

  test("explains the exit statuses, the destinations and lost exits", () => {
    const text = whole.replace(/\s+/g, " ");
    expect(text).toMatch(/128\+N if signal N killed it, 127 if it is not found, 126 if it cannot be run/);
    expect(text).toContain("3 with --fail-on, if one of its events happened");
    expect(text).toContain("Filters are applied in the kernel, except --args and names of --container");
    expect(text).toContain("With a COMMAND, stdout belongs to COMMAND: events go to stderr");
    expect(text).toContain("N lost in the last line");
  });
});

describe("-h:", () => {
  const rows = shortHelp().trimEnd().split("\n");

  test("fits a terminal of 80 × 24 with a prompt below it", () => {
    expect(rows.length).toBeLessThanOrEqual(23);
    expect(rows.filter((line) => widthOf(line) > 80)).toEqual([]);
  });

  test("shows twelve options with their letters", () => {
    const shown = rows.flatMap((line) => /^ {2}(?:-(\w), | {4})--([\w-]+)/.exec(line)?.slice(1) ?? []);
    expect(shown.length).toBe(2 * 12);
    for (let i = 0; i < shown.length; i += 2) {
      const { short }: Option = (options as Record<string, Option>)[shown[i + 1]!]!;
      expect(shown[i] as string | undefined).toBe(short);
    }
  });

  test("shows five valid command lines, and where to read more", () => {
    const examples = rows.flatMap((line) => /^ {2}(exitsnoop .*?)(?: {2,}.*)?$/.exec(line)?.[1] ?? []);
    expect(examples).toHaveLength(5);
    for (const example of examples) accept(example);
    expect(rows.at(-1)).toContain("exitsnoop --help");
  });
});

describe("--columns help:", () => {
  test("one row for each column, with its meaning, in JSON's order", () => {
    const rows = columnsText(1000).trimEnd().split("\n").slice(1);
    expect(rows.map((row) => row.trim().split(/  +/))).toEqual([
      ...columns.map(({ key, help }) => [key, help]),
      ["origin", "stands for all columns from ancestors to cwd"],
    ]);
  });

  test("lines fit the width, with no trailing spaces and a line feed at the end", () => {
    expect(columnsText(80)).toMatch(/^Columns for --columns.*:\n.*[^\n]\n$/s);
    expect(
      columnsText(80)
        .split("\n")
        .filter((row) => widthOf(row) > 80 || /\s$/.test(row)),
    ).toEqual([]);
  });
});
