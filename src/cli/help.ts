/** Formats the help of a command. src/cli/help-topics.ts has the contents. */
import { columns, columnSets } from "../output/index.ts";
import type { Option, Options } from "./options/index.ts";
import { INDENT, type Row, wrap, wrapRows } from "./wrap.ts";

/** A part of the help; what it has is printed in this order. */
export interface Section {
  heading: string;
  options?: Options;
  rows?: readonly Row[];
  paragraphs?: readonly string[];
}

/** The help of a command, in the order in which it is printed. */
export interface Help {
  about: string;
  /** The forms of the command line, with their meanings. */
  usage: readonly Row[];
  sections: readonly Section[];
}

/** Formats the names of an option as `-p, --pid PID[,PID…]`. */
export function optionNames(name: string, { short, value }: Option): string {
  return `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
}

/** Returns the meaning of an option with its further names. */
export function optionMeaning({ help, aliases = [] }: Option): string {
  const also = aliases.map((alias) => `--${alias}`).join(", ");
  return also ? `${help} (also ${also})` : help;
}

function optionRows(table: Options): Row[] {
  return Object.entries(table).map(([name, option]) => [optionNames(name, option), optionMeaning(option)]);
}

/** Formats the help for a terminal of that many characters. The text ends with a line feed. */
export function formatHelp({ about, usage, sections }: Help, width: number): string {
  const blocks = [
    wrap(about, width),
    ["Usage:", ...wrapRows(usage, width)],
    ...sections.map((section) => [`${section.heading}:`, ...linesOf(section, width)]),
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function linesOf({ options, rows, paragraphs = [] }: Section, width: number): string[] {
  return [
    ...wrapRows([...optionRows(options ?? {}), ...(rows ?? [])], width),
    ...(paragraphs.length && (options || rows) ? [""] : []),
    ...paragraphs.flatMap((text) => wrap(text, width, INDENT)),
  ];
}

/** Returns the text of `--columns help`. */
export function columnsText(width: number): string {
  const rows = [...columns, ...columnSets].map(({ key, help }): Row => [key, help]);
  const heading = "Columns for --columns, by JSON's keys; the table's headings work, too. -jwT shows all of them:";
  return `${[...wrap(heading, width), ...wrapRows(rows, width)].join("\n")}\n`;
}
