import type { PackageOption } from "../eunomia/package-option.ts";
import type { Meta } from "../eunomia/schema.ts";
import { sanitizeForTerminal } from "../text/sanitize.ts";
import { reachableOptions } from "./package-options.ts";
import { INDENT, type Row, wrap, wrapRows } from "./wrap.ts";

/**
 * Returns the text of `run PACKAGE -- --help` for a terminal of that many characters, made from the
 * package's description and options.
 */
export function packageOptionsText(
  program: string,
  doc: Meta["bpf_skel"]["doc"],
  own: readonly PackageOption[],
  width: number,
): string {
  const { brief, description, details, version } = doc ?? {};
  const about = [brief, description, details, version && `Version ${version}`].flatMap((text) =>
    text ? text.split("\n").flatMap((line) => wrap(sanitizeForTerminal(line), width)) : [],
  );
  const rows = reachableOptions(own).map(({ long, short, value, help }): Row => {
    const name = long ? `${short ? `-${short}, ` : "    "}--${long}` : `-${short}`;
    return [sanitizeForTerminal(`${name}${value ? ` ${value}` : ""}`), sanitizeForTerminal(help)];
  });
  const head = [`Usage: ${program} [OPTIONS]`, "", ...about, ...(about.length ? [""] : [])];
  return `${[...head, "Options of the package:", ...wrapRows(rows, width)].join("\n")}\n`;
}

/** Returns the text of `run --inspect`, made from lines by heading. */
export function inspectionText(name: string, parts: readonly [heading: string, lines: readonly string[]][]): string {
  const blocks = parts.map(([heading, lines]) => {
    const rows = (lines.length ? lines : ["none"]).map((line) => `${INDENT}${sanitizeForTerminal(line)}\n`);
    return `${heading}:\n${rows.join("")}`;
  });
  return `${name}\n\n${blocks.join("\n")}`;
}
