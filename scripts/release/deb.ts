/** Debian packages. dpkg-deb writes them; this file lays out their contents. */
import { rename, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { description } from "../../package.json" with { type: "json" };
import type { Commit } from "../build/commit.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import { configuration, contentsOf, source } from "./contents.ts";
import { noticesText } from "./notices.ts";
import { writeStage } from "./stage.ts";

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

/** The scripts of debian/ that dpkg runs. */
const scripts = ["preinst", "postinst", "prerm", "postrm"] as const;

function control(target: Target, { version, author }: Commit, kilobytes: number): string {
  return `Package: exitsnoop
Version: ${version}
Architecture: ${ARCHITECTURES[target.arch]}
Maintainer: ${author}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.17)
Section: utils
Priority: optional
Description: show every process exit as it happens
 ${description.replace(/(.{60,76}) /g, "$1\n ")}
 .
 It needs Linux 5.8 or newer with BTF, and root. Compiler, kernel headers and
 tracefs are not needed.
 .
 It also runs eunomia packages, and makes one of itself for ecli.
`;
}

/** Debian ships the texts of the GNU licences, so the package refers to them. */
async function copyright(): Promise<string> {
  const texts = "On Debian systems: /usr/share/common-licenses/LGPL-3, LGPL-2.1 and GPL-3, to which the LGPL adds.";
  const licence = await source("LICENSE").text();
  return `exitsnoop\n\n${licence}\n${await noticesText()}\nThe texts of the GNU licences that are named above. ${texts}\n`;
}

function changelog({ version, author, seconds, hash }: Commit): string {
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `exitsnoop (${version}) unstable; urgency=medium\n\n  * Commit ${hash}.\n\n -- ${author}  ${date}\n`;
}

/** Runs dpkg-deb on a folder. One thread: xz's blocks depend on the number of threads. */
async function packDeb(stage: string, commit: Commit, deb: string): Promise<void> {
  const flags = ["--root-owner-group", "-Zxz", "--threads-max=1"];
  await run(["env", `SOURCE_DATE_EPOCH=${commit.seconds}`, "dpkg-deb", ...flags, "--build", stage, `${deb}.new`]);
  await rename(`${root}${deb}.new`, `${root}${deb}`);
}

/**
 * Writes dist/exitsnoop_VERSION_ARCHITECTURE.deb and returns its path.
 * @param binary the path relative to the project's folder, as is the result.
 * @throws Error if dpkg-deb is missing or fails.
 */
export async function buildDeb(target: Target, commit: Commit, binary: string): Promise<string> {
  const doc = "usr/share/doc/exitsnoop";
  const contents = await contentsOf(commit, binary, { zsh: "usr/share/zsh/vendor-completions" });
  contents.set(`${doc}/changelog.gz`, gzipSync(changelog(commit), { level: 9 }));
  contents.set(`${doc}/copyright`, await copyright());
  const overrides = await source("scripts/release/debian/lintian-overrides").text();
  contents.set("usr/share/lintian/overrides/exitsnoop", overrides);
  let [sums, kilobytes] = ["", 0];
  for (const [path, content] of contents) {
    sums += `${new Bun.CryptoHasher("md5").update(content).digest("hex")}  ${path}\n`;
    kilobytes += Math.ceil(Buffer.byteLength(content) / 1024);
  }
  contents.set("DEBIAN/control", control(target, commit, kilobytes));
  contents.set("DEBIAN/md5sums", sums);
  contents.set("DEBIAN/conffiles", configuration.map((path) => `/${path}\n`).join(""));
  for (const name of scripts) contents.set(`DEBIAN/${name}`, await source(`scripts/release/debian/${name}`).text());

  const stage = `${folderOf(target)}/deb`;
  await writeStage(stage, contents, ["usr/bin/exitsnoop", ...scripts.map((name) => `DEBIAN/${name}`)]);
  const deb = `dist/exitsnoop_${commit.version}_${ARCHITECTURES[target.arch]}.deb`;
  await packDeb(stage, commit, deb);
  await rm(`${root}${stage}`, { recursive: true });
  return deb;
}
