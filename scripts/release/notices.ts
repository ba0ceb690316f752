/** The licences of everything in a binary: the repository's, and the texts of each work. */
import { root } from "../build/run.ts";

const BUN_LICENCE = `${root}node_modules/bun-types/docs/project/license.mdx`;
const RULER = `\n${"-".repeat(120)}\n`;

interface LinkedLibrary {
  name: string;
  url: string;
  license: string;
}

/** Removes the addresses of Markdown links: `[text](address)`. */
const plain = (text: string) => text.replace(/\[`?([^\]`]*)`?\]\([^)]*\)/g, "$1").trim();

/**
 * Returns the libraries that Bun links statically on Linux, according to its documentation.
 * @throws Error if the documentation no longer has the table.
 */
export async function runtimeLibraries(): Promise<LinkedLibrary[]> {
  const text = await Bun.file(BUN_LICENCE).text();
  const table = text.split("## Linked libraries")[1]?.split("\n## ")[0] ?? "";
  const rows = [...table.matchAll(/^\| (.*?) *\| (.*?) *\|$/gm)].map(([, library, license]) => ({
    name: plain(library!).replace(/ \(.*\)$/, ""),
    url: /\]\(([^)]*)\)/.exec(library!)?.[1] ?? "",
    license: plain(license!),
    isWindows: /\(on Windows\)|windows\.zig/.test(library!),
  }));
  const linked = rows.filter(({ url, isWindows }) => url && !isWindows);
  if (linked.length < 20) throw new Error(`${BUN_LICENCE} no longer has the table of linked libraries`);
  return [
    {
      name: "JavaScriptCore and WebKit",
      url: "https://github.com/oven-sh/WebKit",
      license: "LGPL-2.0-or-later",
    },
    ...linked.map(({ name, url, license }) => ({ name, url, license })),
  ];
}

/**
 * Returns the text of THIRD-PARTY-NOTICES in a release.
 * @param crate the folder of the native core's sources; if given, the full texts of the GNU
 * licences are included.
 */
export async function noticesText(crate?: string): Promise<string> {
  const gnu = [
    ["The GNU Lesser General Public License, version 3 (libelf)", "elfutils/COPYING-LGPLV3"],
    ["The GNU General Public License, version 3, to which the LGPL adds", "elfutils/COPYING"],
    ["The GNU Lesser General Public License, version 2.1 (tinycc in Bun)", "libbpf/LICENSE.LGPL-2.1"],
  ];
  const parts = [["Bun: the licences according to its documentation", BUN_LICENCE]];
  if (crate !== undefined) parts.push(...gnu.map(([title, file]) => [title!, `${crate}/${file}`]));
  const texts = parts.map(async ([title, file]) => {
    const text = (await Bun.file(file!).text()).replace(/^---\n[\s\S]*?\n---\n/, "").trim();
    return `${RULER}${title}\n\n${text}\n`;
  });
  return (await Bun.file(`${root}THIRD-PARTY-NOTICES`).text()) + (await Promise.all(texts)).join("");
}
