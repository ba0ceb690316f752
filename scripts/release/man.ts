/** Writes exitsnoop.8 from the texts of `--help` and the tables behind them. */
import { description } from "../../package.json" with { type: "json" };
import type { Options } from "../../src/cli/options/index.ts";
import { columns } from "../../src/output/index.ts";
import { commands } from "./commands.ts";
import { type Commit, dayOf } from "../build/commit.ts";

/** Escapes text for roff: requests at the start of a line, hyphens, and characters beyond ASCII. */
function escape(text: string): string {
  return text
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/gm, "\\&$1")
    .replace(/[^\n -~]/gu, (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
}

const preformatted = (text: string) => `.nf\n${escape(text)}\n.fi\n`;

/** Returns a tagged paragraph for each option: `-x, --failed`. */
function optionList(table: Options): string {
  const entries = Object.entries(table).map(([name, { short, value, help }]) => {
    const names = [...(short ? [`-${short}`] : []), `--${name}`].map((flag) => `\\fB${escape(flag)}\\fR`);
    return `.TP\n${names.join(", ")}${value ? ` \\fI${escape(value)}\\fR` : ""}\n${escape(help)}\n`;
  });
  return entries.join("");
}

/** Splits a help text at empty lines, and the heading off each block that has one. */
function blocks(help: string): { heading?: string; body: string }[] {
  return help
    .trim()
    .split("\n\n")
    .map((block) => {
      const [, heading, body] = /^([A-Z][a-z ]+):(?:\n| (?=exitsnoop))([\s\S]*)$/.exec(block) ?? [];
      return heading === undefined ? { body: block } : { heading, body: body! };
    });
}

/** Formats one command's help. Blocks are indented by two, the usage by the word before it. */
function section(help: string, table: Options): string {
  const all = blocks(help);
  const notes = all.findLastIndex(({ heading }) => heading !== undefined) + 1;
  const parts = all.map(({ heading, body }, i) => {
    if (heading === undefined) {
      const paragraphs = body.split(/\n(?=Exit status:)/).map((text) => `.PP\n${escape(text)}\n`);
      return `${i === notes ? `.SS Notes\n` : ""}${paragraphs.join("")}`;
    }
    if (heading === "Options") return `.SS Options\n${optionList(table)}`;
    return `.SS ${heading}\n${preformatted(body.replace(/^ +/gm, (indent) => (heading === "Usage" ? "" : indent.slice(2))))}`;
  });
  return parts.join("");
}

/** Returns the text of exitsnoop.8. */
export function manPage(commit: Commit): string {
  const keys = columns.map(({ key, help }) => `.TP\n\\fB${escape(key)}\\fR\n${escape(help)}\n`);
  const bodies = commands.map(({ name, help, options }) => {
    const title = name ? `.SH THE COMMAND ${name.toUpperCase()}\n` : ".SH DESCRIPTION\n";
    return title + section(help, options);
  });
  return [
    `.\\" Generated from the tables of options by scripts/release/man.ts\n`,
    `.TH EXITSNOOP 8 "${dayOf(commit)}" "exitsnoop ${commit.version}" "System Administration"\n`,
    `.SH NAME\nexitsnoop \\- ${escape(description.replace(/^(.)/, (first) => first.toLowerCase()).replace(/\.$/, ""))}\n`,
    ...bodies,
    `.SH COLUMNS\nFor \\fB${escape("--columns")}\\fR, in the order of JSON's keys; \\fB${escape("--wide")}\\fR shows all of them.\n${keys.join("")}`,
    ".SH SEE ALSO\n.BR wait (2),\n.BR signal (7),\n.BR cgroups (7)\n",
  ].join("");
}
