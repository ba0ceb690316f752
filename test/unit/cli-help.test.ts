import { expect, test } from "bun:test";
import { helpText } from "../../src/cli/help.ts";
import { type Option, options } from "../../src/cli/options.ts";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { formatNames, timeForms } from "../../src/output/index.ts";

const text = helpText("1.2.3");
const lines = text.split("\n");
const all: [string, Option][] = Object.entries(options);

test.each(all)("--%s has one line with its letter, its value and its meaning", (name, { short, value, help }) => {
  const left = `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
  const rows = lines.filter((line) => line.startsWith(`  ${left} `));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toEndWith(`  ${help}`);
});

test("the meanings stand below each other", () => {
  const starts = all.map(([name, { help }]) => lines.find((line) => line.includes(`--${name}`) && line.endsWith(help)));
  expect(new Set(starts.map((line, i) => line!.length - all[i]![1].help.length)).size).toBe(1);
});

test("no line is wider than 130 characters or has spaces at its end", () => {
  expect(lines.filter((line) => [...line].length > 130)).toEqual([]);
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
});

test("it names the version, all formats and all forms of time", () => {
  expect(lines[0]).toStartWith("exitsnoop 1.2.3 ");
  for (const word of [...formatNames, ...timeForms]) expect(text).toMatch(new RegExp(`\\b${word}\\b`));
});

test("it says what the exit statuses mean and ends with a line feed", () => {
  expect(text).toMatch(/Exit status: 0 after .*; 1 when .*; 2 for /s);
  expect(text).toEndWith(".\n");
});

test("its examples are command lines that the program takes", () => {
  const examples = lines.flatMap((line) => /^  exitsnoop (.*?)(?: >.*|  .*)$/.exec(line)?.[1]?.trim() ?? []);
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const example of examples) planTrace(parse(example.split(" ").filter(Boolean)), true, {});
});
