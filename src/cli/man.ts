/** Writes exitsnoop.8 from the contents of the help and the tables behind it. */
import { description } from "../../package.json" with { type: "json" };
import { columns, columnSets } from "../output/index.ts";
import type { BuildInfo } from "./build-info.ts";
import { optionMeaning, type Section } from "./help.ts";
import { helpOf } from "./help-topics.ts";
import type { Options } from "./options/index.ts";
import { type SubcommandName, subcommandNames, subcommands } from "./subcommands.ts";

/** ASCII characters that groff 1.23 prints as typographic ones, with their escapes. */
const ASCII_ESCAPES: Record<string, string> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** Escapes text for roff: requests at the start of a line, and characters that it would change. */
function escape(text: string): string {
  return text
    .replace(/[\\\-'`^~]/g, (char) => ASCII_ESCAPES[char]!)
    .replace(/^\./gm, "\\&.")
    .replace(/[^\n -~]/gu, (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
}

const bold = (text: string) => `\\fB${escape(text)}\\fR`;
/** Returns a paragraph with a tag, which is roff already. Without a text the tag stands alone. */
const tagged = (tag: string, text: string) => (text ? `.TP\n${tag}\n${escape(text)}\n` : `.PP\n${tag}\n`);

/** Returns a tagged paragraph for each option: `-x, --failed`. */
function optionList(table: Options): string {
  const entries = Object.entries(table).map(([name, option]) => {
    const { short, value } = option;
    const names = [...(short ? [`-${short}`] : []), `--${name}`].map(bold);
    return tagged(`${names.join(", ")}${value ? ` \\fI${escape(value)}\\fR` : ""}`, optionMeaning(option));
  });
  return entries.join("");
}

function sectionText({ options = {}, rows = [], paragraphs = [] }: Section): string {
  return [
    optionList(options),
    ...rows.map(([left, right]) => tagged(bold(left), right)),
    ...paragraphs.map((text) => `.PP\n${escape(text)}\n`),
  ].join("");
}

const heading = (text: string) => `.SH ${escape(text.toUpperCase())}\n`;

/** Returns the text of exitsnoop-NAME.8, which has the help of one subcommand. */
export function commandPage(name: SubcommandName, { version, day = "" }: BuildInfo): string {
  const { about, usage, sections } = helpOf(name);
  return [
    `.\\" Made of: exitsnoop help ${name}\n`,
    `.TH EXITSNOOP-${name.toUpperCase()} 8 "${day}" "exitsnoop ${version}" "System Administration"\n`,
    `.SH NAME\nexitsnoop\\-${name} \\- ${escape(subcommands[name].summary)}\n`,
    `.SH SYNOPSIS\n${sectionText({ heading: "", rows: usage })}`,
    `.SH DESCRIPTION\n${escape(about)}\n`,
    ...sections.map((section) => `${heading(section.heading)}${sectionText(section)}`),
    ".SH SEE ALSO\n.BR exitsnoop (8)\n",
  ].join("");
}

/** Returns the text of exitsnoop.8. */
export function manPage({ version, day = "" }: BuildInfo): string {
  const { about, usage, sections } = helpOf(undefined);
  const keys = [...columns, ...columnSets].map(({ key, help }) => tagged(bold(key), help));
  const commands = subcommandNames.flatMap((name) => {
    const help = helpOf(name);
    return [
      heading(`exitsnoop ${name}`),
      sectionText({ heading: "", paragraphs: [help.about], rows: help.usage }),
      ...help.sections.map((section) => `.SS ${escape(section.heading)}\n${sectionText(section)}`),
    ];
  });
  return [
    `.\\" Printed by: exitsnoop man\n`,
    `.TH EXITSNOOP 8 "${day}" "exitsnoop ${version}" "System Administration"\n`,
    `.SH NAME\nexitsnoop \\- ${escape(description.replace(/^(.)/, (first) => first.toLowerCase()).replace(/\.$/, ""))}\n`,
    `.SH SYNOPSIS\n${sectionText({ heading: "", rows: usage })}`,
    `.SH DESCRIPTION\n${escape(about)}\n`,
    ...sections.map((section) => `${heading(section.heading)}${sectionText(section)}`),
    `.SH COLUMNS\nFor ${bold("--columns")}, in the order of JSON\\(aqs keys; ${bold("-jwT")} shows all of them.\n${keys.join("")}`,
    ...commands,
    ".SH SEE ALSO\n.BR exitsnoop\\-agent (8),\n.BR exitsnoop\\-export (8),\n.BR wait (2),\n.BR signal (7),\n.BR cgroups (7)\n",
  ].join("");
}
