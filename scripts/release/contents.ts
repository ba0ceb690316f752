/** The files that the packages for Debian and RPM install, apart from what each has of its own. */
import { gzipSync } from "node:zlib";
import { completions } from "../../src/cli/completion/index.ts";
import { commandPage, manPage } from "../../src/cli/man.ts";
import { type Commit, dayOf } from "../build/commit.ts";
import { root } from "../build/run.ts";

/** A path without a slash at its start, and what the file has. */
export type Contents = Map<string, string | Uint8Array>;

/** The places that differ between distributions. */
interface Places {
  /** The directory of zsh's completions. */
  zsh: string;
}

/** Files that an administrator changes, and that an upgrade keeps. */
export const configuration = ["etc/default/exitsnoop-agent", "etc/logrotate.d/exitsnoop"] as const;

/** Installed, but not enabled. */
export const units = ["exitsnoop.service", "exitsnoop-recorder.service", "exitsnoop-agent.service"] as const;

/** The subcommands that have a page of their own, besides their part of exitsnoop(8). */
const pages = ["agent", "export"] as const;

export const source = (path: string) => Bun.file(`${root}${path}`);

/**
 * Returns a block of docs/privileges.md.
 * @throws Error if it is not there.
 */
async function documented(block: RegExp): Promise<string> {
  const [, text] = block.exec(await source("docs/privileges.md").text()) ?? [];
  if (!text) throw new Error(`docs/privileges.md has no block ${block}`);
  return text;
}

/** @param binary the path relative to the project's folder. */
export async function contentsOf(commit: Commit, binary: string, { zsh }: Places): Promise<Contents> {
  const info = { ...commit, day: dayOf(commit) };
  const compressed = (page: string) => gzipSync(page, { level: 9 });
  const contents: Contents = new Map<string, string | Uint8Array>([
    ["usr/bin/exitsnoop", await source(binary).bytes()],
    ["usr/share/man/man8/exitsnoop.8.gz", compressed(manPage(info))],
    ["usr/share/bash-completion/completions/exitsnoop", completions.get("bash")!()],
    [`${zsh}/_exitsnoop`, completions.get("zsh")!()],
    ["usr/share/fish/vendor_completions.d/exitsnoop.fish", completions.get("fish")!()],
    ["etc/default/exitsnoop-agent", await source("scripts/release/default/exitsnoop-agent").text()],
    [
      "etc/logrotate.d/exitsnoop",
      await documented(/^```\n(\/var\/log\/exitsnoop\/exits\.json \{\n[^`]*reload[^`]*)^```$/m),
    ],
    ["usr/lib/systemd/catalog/exitsnoop.catalog", await source("scripts/release/exitsnoop.catalog").text()],
    ["usr/lib/tmpfiles.d/exitsnoop.conf", await source("scripts/release/systemd/exitsnoop.tmpfiles").text()],
  ]);
  for (const name of pages)
    contents.set(`usr/share/man/man8/exitsnoop-${name}.8.gz`, compressed(commandPage(name, info)));
  const [unit, ...others] = units;
  const log = await documented(/^```ini\n(\[Unit\]\n.*?)^```$/ms);
  contents.set(`usr/lib/systemd/system/${unit}`, log.replace("/usr/local/bin/exitsnoop", "/usr/bin/exitsnoop"));
  for (const name of others)
    contents.set(`usr/lib/systemd/system/${name}`, await source(`scripts/release/systemd/${name}`).text());
  return contents;
}
