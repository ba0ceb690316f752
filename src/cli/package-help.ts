import type { PackageOption } from "../eunomia/package-option.ts";
import { sanitizeForTerminal } from "../output/sanitize.ts";
import { alignRows, INDENT } from "./help.ts";
import { reachableOptions } from "./package-options.ts";

/** The description that a package has of itself. */
interface Description {
  version?: string | null | undefined;
  brief?: string | null | undefined;
  details?: string | null | undefined;
  description?: string | null | undefined;
}

/** Returns the text of `run PACKAGE -- --help`, made from the package's description and options. */
export function packageOptionsText(program: string, doc: Description, own: readonly PackageOption[]): string {
  const about = [doc.brief, doc.description, doc.details, doc.version && `Version ${doc.version}`];
  const lines = about.flatMap((text) => (text ? text.split("\n").map((line) => `${sanitizeForTerminal(line)}\n`) : []));
  const rows = reachableOptions(own).map(({ long, short, value, help }): [string, string] => {
    const name = long ? `${short ? `-${short}, ` : "    "}--${long}` : `-${short}`;
    return [sanitizeForTerminal(`${name}${value ? ` ${value}` : ""}`), sanitizeForTerminal(help)];
  });
  return `Usage: ${program} [options]

${lines.join("")}${lines.length ? "\n" : ""}Options of the package:
${alignRows(rows)}
`;
}

/** Returns the text of `run --inspect`, made from lines by heading. */
export function inspectionText(name: string, parts: readonly [heading: string, lines: readonly string[]][]): string {
  const blocks = parts.map(([heading, lines]) => {
    const rows = (lines.length ? lines : ["none"]).map((line) => `${INDENT}${sanitizeForTerminal(line)}\n`);
    return `${heading}:\n${rows.join("")}`;
  });
  return `${name}\n\n${blocks.join("\n")}`;
}
