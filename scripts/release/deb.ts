/** Debian packages, put together by dpkg-deb. */
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { description } from "../../package.json" with { type: "json" };
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import type { Commit } from "./commit.ts";
import { bashCompletion } from "./completion.ts";
import { manPage } from "./man.ts";
import { noticesText } from "./notices.ts";

/** Debian's name of an architecture. */
const architectures = { x64: "amd64", arm64: "arm64" } as const;

const bytesOf = (text: string) => new TextEncoder().encode(text);

/**
 * libbpf-tools has an /usr/sbin/exitsnoop, which comes first in root's PATH. Neither takes the other's place: whoever has scripts that read
 * what libbpf-tools' prints would not thank us.
 */
const postinst = `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -e /usr/sbin/exitsnoop ]; then
	echo "exitsnoop: root's PATH finds another exitsnoop first, /usr/sbin/exitsnoop (libbpf-tools); this one is /usr/bin/exitsnoop"
fi
`;

function control(target: Target, { version, author }: Commit, kilobytes: number): string {
  return `Package: exitsnoop
Version: ${version}
Architecture: ${architectures[target.arch]}
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

/** What Debian's checker finds in the runtime, which is as Bun's makers linked it. */
const overrides = `# strip destroys what is appended to the runtime
exitsnoop: unstripped-binary-or-object *
# linked by the runtime's makers
exitsnoop: embedded-library *
exitsnoop: hardening-no-pie *
exitsnoop: hardening-no-relro *
exitsnoop: hardening-no-bindnow *
exitsnoop: spelling-error-in-binary *
`;

/** Debian has the texts of the GNU licences on every machine. */
async function copyright(): Promise<string> {
  const licence = await Bun.file(`${root}LICENSE`).text();
  const texts = "On Debian systems: /usr/share/common-licenses/LGPL-3, LGPL-2.1 and GPL-3, to which the LGPL adds.";
  return `exitsnoop\n\n${licence}\n${await noticesText()}\nThe texts of the GNU licences that are named above. ${texts}\n`;
}

function changelog({ version, author, seconds, hash }: Commit): string {
  const when = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `exitsnoop (${version}) unstable; urgency=medium\n\n  * Commit ${hash}.\n\n -- ${author}  ${when}\n`;
}

/**
 * Writes dist/exitsnoop_VERSION_ARCHITECTURE.deb and returns its path.
 * @param binary relative to the project's folder, as is the result.
 * @throws Error where dpkg-deb is missing or fails.
 */
export async function buildDeb(target: Target, commit: Commit, binary: string): Promise<string> {
  const stage = `${folderOf(target)}/deb`;
  await rm(`${root}${stage}`, { recursive: true, force: true });
  const doc = "usr/share/doc/exitsnoop";
  const files: [path: string, bytes: Uint8Array, mode?: number][] = [
    ["usr/bin/exitsnoop", await Bun.file(`${root}${binary}`).bytes(), 0o755],
    ["usr/share/man/man8/exitsnoop.8.gz", gzipSync(manPage(commit), { level: 9 })],
    ["usr/share/bash-completion/completions/exitsnoop", bytesOf(bashCompletion())],
    [`${doc}/changelog.gz`, gzipSync(changelog(commit), { level: 9 })],
    [`${doc}/copyright`, bytesOf(await copyright())],
    ["usr/share/lintian/overrides/exitsnoop", bytesOf(overrides)],
  ];
  const sums = files.map(([path, bytes]) => `${new Bun.CryptoHasher("md5").update(bytes).digest("hex")}  ${path}\n`);
  const size = files.reduce((total, [, bytes]) => total + Math.ceil(bytes.length / 1024), 0);
  files.push(
    ["DEBIAN/control", bytesOf(control(target, commit, size))],
    ["DEBIAN/md5sums", bytesOf(sums.join(""))],
    ["DEBIAN/postinst", bytesOf(postinst), 0o755],
  );
  const folders = new Set([""]);
  for (const [path, bytes, mode = 0o644] of files) {
    await mkdir(`${root}${stage}/${dirname(path)}`, { recursive: true });
    await Bun.write(`${root}${stage}/${path}`, bytes);
    await chmod(`${root}${stage}/${path}`, mode);
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) await chmod(`${root}${stage}/${folder}`, 0o755);

  const deb = `dist/exitsnoop_${commit.version}_${architectures[target.arch]}.deb`;
  // one thread: xz's blocks would depend on how many there are
  const flags = ["--root-owner-group", "-Zxz", "--threads-max=1"];
  await run(["env", `SOURCE_DATE_EPOCH=${commit.seconds}`, "dpkg-deb", ...flags, "--build", stage, `${deb}.new`]);
  await rename(`${root}${deb}.new`, `${root}${deb}`);
  await rm(`${root}${stage}`, { recursive: true });
  return deb;
}
