import { describe, expect, test } from "bun:test";
import { columnsText, helpText } from "../../src/cli/help.ts";
import { type Option, options } from "../../src/cli/options/index.ts";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { columns, formatNames, timeForms } from "../../src/output/index.ts";
import { fakeHost } from "../support/fake-host.ts";

const text = helpText("1.2.3");
const lines = text.split("\n");
const all: [string, Option][] = Object.entries(options);

test.each(all)(
  "--help: --%s has one line with its letter, its value and its meaning",
  (name, { short, value, help }) => {
    const left = `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
    const rows = lines.filter((line) => line.startsWith(`  ${left} `));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toEndWith(`  ${help}`);
  },
);

test("--help: the meanings of the options begin in one column", () => {
  const starts = all.map(([name, { help }]) => lines.find((line) => line.includes(`--${name}`) && line.endsWith(help)));
  expect(new Set(starts.map((line, i) => line!.length - all[i]![1].help.length)).size).toBe(1);
});

test("--help: lines have at most 130 characters and no trailing spaces", () => {
  expect(lines.filter((line) => [...line].length > 130)).toEqual([]);
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
});

test("--help: names the version, all formats and all forms of time", () => {
  expect(lines[0]).toStartWith("exitsnoop 1.2.3 ");
  for (const word of [...formatNames, ...timeForms]) expect(text).toMatch(new RegExp(`\\b${word}\\b`));
});

test("--help: explains the exit statuses and ends with a line feed", () => {
  expect(text).toMatch(/Exit status: 0 after .*; 1 if .*; 2 for /s);
  expect(text).toMatch(/With a COMMAND its own: 128\+N .*, 127 .* not found, 126 .* cannot be run/s);
  expect(text).toEndWith(".\n");
});

test("--help: its examples are valid command lines", () => {
  const examples = lines.flatMap((line) => /^  exitsnoop (.*?)(?: >.*|  .*)?$/.exec(line)?.[1]?.trim() ?? []);
  expect(examples.length).toBeGreaterThanOrEqual(8);
  for (const example of examples) {
    // a shell removes the quotes
    const words = example.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"));
    planTrace(parse(words.filter(Boolean)), fakeHost());
  }
});

test("--help: shows the usage of each subcommand", () => {
  const usage = lines.filter((line) => /^(Usage:|      ) exitsnoop /.test(line)).map((line) => line.slice(7).trim());
  expect(usage.map((line) => line.replace(/  .*/, ""))).toEqual([
    "exitsnoop [options]",
    "exitsnoop [options] -- COMMAND [ARG...]",
    "exitsnoop package [-o FILE]",
    "exitsnoop run PACKAGE",
    "exitsnoop doctor",
  ]);
});

describe("--columns help:", () => {
  const rows = columnsText().trimEnd().split("\n").slice(1);

  test("one line for each column, with its meaning, in JSON's order", () => {
    expect(rows.map((row) => row.trim().split(/  +/))).toEqual(columns.map(({ key, help }) => [key, help]));
  });

  test("lines have at most 130 characters, aligned meanings and a line feed at the end", () => {
    expect(columnsText()).toMatch(/^Columns for --columns.*:\n.*[^\n]\n$/s);
    expect(rows.filter((row) => row.length > 130 || /\s$/.test(row))).toEqual([]);
    expect(new Set(rows.map((row) => row.search(/(?<=  \S+ +)\S/))).size).toBe(1);
  });
});
