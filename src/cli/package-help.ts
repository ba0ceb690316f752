import type { PackageOption } from "../eunomia/package-option.ts";
import type { Meta } from "../eunomia/schema.ts";
import { sanitizeForTerminal } from "../text/sanitize.ts";
import { alignRows, INDENT } from "./help.ts";
import { reachableOptions } from "./package-options.ts";

/** Returns the text of `run PACKAGE -- --help`, made from the package's description and options. */
export function packageOptionsText(
  program: string,
  doc: Meta["bpf_skel"]["doc"],
  own: readonly PackageOption[],
): string {
  const { brief, description, details, version } = doc ?? {};
  const about = [brief, description, details, version && `Version ${version}`];
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
