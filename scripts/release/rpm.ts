/** RPM packages. rpmbuild writes them, from files that are laid out here. */
import { mkdir, rename, rm } from "node:fs/promises";
import { description } from "../../package.json" with { type: "json" };
import type { Commit } from "../build/commit.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import { configuration, contentsOf, source } from "./contents.ts";
import { writeStage } from "./stage.ts";

const ARCHITECTURES = { x64: "x86_64", arm64: "aarch64" } as const;
const LICENCES = "usr/share/licenses/exitsnoop";
const SPEC = "scripts/release/rpm/exitsnoop.spec";

/** Returns the lines of %files: one for each file, with its kind. */
function filesOf(paths: Iterable<string>): string {
  const lines = Array.from(paths, (path) => {
    const isConfiguration = (configuration as readonly string[]).includes(path);
    const kind = isConfiguration
      ? "%config(noreplace) "
      : path.includes("/man/")
        ? "%doc "
        : path.startsWith(LICENCES)
          ? "%license "
          : "";
    return `${kind}/${path}\n`;
  });
  return `%dir /${LICENCES}\n${lines.join("")}`;
}

/**
 * Writes dist/exitsnoop-VERSION-1.ARCHITECTURE.rpm and returns its path.
 * @param binary the path relative to the project's folder, as is the result. The notices are in
 * dist/.
 * @throws Error if rpmbuild is missing or fails.
 */
export async function buildRpm(target: Target, commit: Commit, binary: string): Promise<string> {
  const folder = `${folderOf(target)}/rpm`;
  const architecture = ARCHITECTURES[target.arch];
  const contents = await contentsOf(commit, binary, { zsh: "usr/share/zsh/site-functions" });
  contents.set(`${LICENCES}/LICENSE`, await source("LICENSE").text());
  contents.set(`${LICENCES}/THIRD-PARTY-NOTICES`, await source("dist/THIRD-PARTY-NOTICES").text());
  await writeStage(`${folder}/stage`, contents, ["usr/bin/exitsnoop"]);
  await Bun.write(`${root}${folder}/exitsnoop.spec`, `${await source(SPEC).text()}${filesOf(contents.keys())}`);
  const macros = {
    _topdir: `${root}${folder}/build`,
    _rpmdir: `${root}${folder}`,
    _build_name_fmt: "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
    // the only time in the package is that of the commit
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _buildhost: "localhost",
    our_version: commit.version,
    our_author: commit.author,
    our_description: description,
    our_stage: `${root}${folder}/stage`,
  };
  const defines = Object.entries(macros).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await mkdir(`${root}${folder}/build`, { recursive: true });
  await run([
    ...["env", `SOURCE_DATE_EPOCH=${commit.seconds}`, "rpmbuild", "-bb", "--quiet"],
    ...[`--target=${architecture}-linux`, ...defines, `${root}${folder}/exitsnoop.spec`],
  ]);
  const name = `exitsnoop-${commit.version}-1.${architecture}.rpm`;
  await rename(`${root}${folder}/${name}`, `${root}dist/${name}`);
  await rm(`${root}${folder}`, { recursive: true });
  return `dist/${name}`;
}
