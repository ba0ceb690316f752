/** Debian packages. dpkg-deb writes them; this file lays out their contents. */
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { description } from "../../package.json" with { type: "json" };
import { completions } from "../../src/cli/completion/index.ts";
import { manPage } from "../../src/cli/man.ts";
import { type Commit, dayOf } from "../build/commit.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import { noticesText } from "./notices.ts";

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

/** The scripts of debian/ that dpkg runs. */
const scripts = ["preinst", "postinst", "prerm", "postrm"] as const;

/** The flight recorder. It is installed, but not enabled. */
const RECORDER = "exitsnoop-recorder.service";

const source = (path: string) => Bun.file(`${root}${path}`);

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

/**
 * Returns the unit of docs/privileges.md, with the path of the package's binary.
 * @throws Error if it is not there.
 */
async function serviceUnit(): Promise<string> {
  const [, unit] = /^```ini\n(\[Unit\]\n.*?)^```$/ms.exec(await source("docs/privileges.md").text()) ?? [];
  if (!unit) throw new Error("docs/privileges.md has no systemd unit");
  return unit.replace("/usr/local/bin/exitsnoop", "/usr/bin/exitsnoop");
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
  const contents = new Map<string, string | Uint8Array>([
    ["usr/bin/exitsnoop", await source(binary).bytes()],
    ["usr/share/man/man8/exitsnoop.8.gz", gzipSync(manPage({ ...commit, day: dayOf(commit) }), { level: 9 })],
    ["usr/share/bash-completion/completions/exitsnoop", completions.get("bash")!()],
    ["usr/share/zsh/vendor-completions/_exitsnoop", completions.get("zsh")!()],
    ["usr/share/fish/vendor_completions.d/exitsnoop.fish", completions.get("fish")!()],
    [`${doc}/examples/exitsnoop.service`, await serviceUnit()],
    [`usr/lib/systemd/system/${RECORDER}`, await source(`scripts/release/debian/${RECORDER}`).text()],
    [`${doc}/changelog.gz`, gzipSync(changelog(commit), { level: 9 })],
    [`${doc}/copyright`, await copyright()],
    ["usr/share/lintian/overrides/exitsnoop", await source("scripts/release/debian/lintian-overrides").text()],
  ]);
  let [sums, kilobytes] = ["", 0];
  for (const [path, content] of contents) {
    sums += `${new Bun.CryptoHasher("md5").update(content).digest("hex")}  ${path}\n`;
    kilobytes += Math.ceil(Buffer.byteLength(content) / 1024);
  }
  contents.set("DEBIAN/control", control(target, commit, kilobytes));
  contents.set("DEBIAN/md5sums", sums);
  for (const name of scripts) contents.set(`DEBIAN/${name}`, await source(`scripts/release/debian/${name}`).text());

  const stage = `${folderOf(target)}/deb`;
  await rm(`${root}${stage}`, { recursive: true, force: true });
  for (const [path, content] of contents) {
    await mkdir(dirname(`${root}${stage}/${path}`), { recursive: true });
    await Bun.write(`${root}${stage}/${path}`, content);
  }
  // whatever the umask was
  await run(["chmod", "-R", "u=rwX,go=rX", stage]);
  for (const path of ["usr/bin/exitsnoop", ...scripts.map((name) => `DEBIAN/${name}`)]) {
    await chmod(`${root}${stage}/${path}`, 0o755);
  }
  const deb = `dist/exitsnoop_${commit.version}_${ARCHITECTURES[target.arch]}.deb`;
  await packDeb(stage, commit, deb);
  await rm(`${root}${stage}`, { recursive: true });
  return deb;
}
