/** The licences of what is inside: ours that are in the repository, and the texts that the works themselves carry. */
import { root } from "../build/run.ts";

const bunLicence = `${root}node_modules/bun-types/docs/project/license.mdx`;
const line = `\n${"-".repeat(120)}\n`;

export interface Linked {
  name: string;
  url: string;
  license: string;
}

/** `[text](address)` without its address. */
const plain = (text: string) => text.replace(/\[`?([^\]`]*)`?\]\([^)]*\)/g, "$1").trim();

/** What Bun says that it links statically on Linux. @throws Error where its licence document has another form. */
export async function runtimeLibraries(): Promise<Linked[]> {
  const text = await Bun.file(bunLicence).text();
  const table = text.split("## Linked libraries")[1]?.split("\n## ")[0] ?? "";
  const rows = [...table.matchAll(/^\| (.*?) *\| (.*?) *\|$/gm)].map(([, library, license]) => ({
    name: plain(library!).replace(/ \(.*\)$/, ""),
    url: /\]\(([^)]*)\)/.exec(library!)?.[1] ?? "",
    license: plain(license!),
    onlyWindows: /\(on Windows\)|windows\.zig/.test(library!),
  }));
  const linked = rows.filter(({ url, onlyWindows }) => url && !onlyWindows);
  if (linked.length < 20)
    throw new Error("Bun's licence document no longer lists what it links in the form that we read");
  const webkit = {
    name: "JavaScriptCore and WebKit",
    url: "https://github.com/oven-sh/WebKit",
    license: "LGPL-2.0-or-later",
  };
  return [webkit, ...linked.map(({ name, url, license }) => ({ name, url, license }))];
}

/** @param crate where the native core's sources lie; with it, the GNU licences' whole texts are there too. */
export async function noticesText(crate?: string): Promise<string> {
  const parts = [
    ["Bun: what its documentation says of its licences", bunLicence],
    ...(crate === undefined
      ? []
      : [
          ["The GNU Lesser General Public License, version 3 (libelf)", `${crate}/elfutils/COPYING-LGPLV3`],
          ["The GNU General Public License, version 3, to which the LGPL adds", `${crate}/elfutils/COPYING`],
          ["The GNU Lesser General Public License, version 2.1 (tinycc in Bun)", `${crate}/libbpf/LICENSE.LGPL-2.1`],
        ]),
  ] as const;
  const texts = parts.map(async ([title, file]) => {
    const text = (await Bun.file(file!).text()).replace(/^---\n[\s\S]*?\n---\n/, "").trim();
    return `${line}${title}\n\n${text}\n`;
  });
  return (await Bun.file(`${root}THIRD-PARTY-NOTICES`).text()) + (await Promise.all(texts)).join("");
}
