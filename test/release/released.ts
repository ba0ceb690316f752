/** The files of `npm run release`, and root folders of other systems to run them in. */
import { mkdirSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };
import { runToEnd, shell } from "../support/tracer.ts";

export const dist = new URL("../../dist/", import.meta.url).pathname;

interface Released {
  name: string;
  /** The architecture's name in the output of readelf. */
  machine: string;
  /** The path of its native core. */
  core: string;
  isMusl: boolean;
}

const build = new URL("../../build/", import.meta.url).pathname;

export const released: readonly Released[] = [
  { name: "linux-x64", machine: "X86-64", core: `${build}libexitsnoop.so`, isMusl: false },
  { name: "linux-arm64", machine: "AArch64", core: `${build}linux-arm64/libexitsnoop.so`, isMusl: false },
  { name: "linux-x64-musl", machine: "X86-64", core: `${build}linux-x64-musl/libexitsnoop.so`, isMusl: true },
];

export const pathOf = (name: string) => `${dist}exitsnoop-${name}`;
export const debOf = (architecture: string) => `${dist}exitsnoop_${version}_${architecture}.deb`;
export const rpmOf = (architecture: string) => `${dist}exitsnoop-${version}-1.${architecture}.rpm`;

/** Runs a command and returns its stdout. @throws Error if it fails. */
export async function succeed(command: string[], cwd?: string): Promise<string> {
  const { stdout, stderr, status } = await runToEnd(command, cwd === undefined ? {} : { cwd });
  if (status !== 0) throw new Error(`${command.slice(0, 3).join(" ")} … ended with ${status}: ${stderr || stdout}`);
  return stdout;
}

/** Returns this machine's Debian mirror. */
export async function mirror(): Promise<string> {
  const targets = await succeed(["apt-get", "indextargets", "Created-By: Packages", "--format", "$(REPO_URI)"]);
  const first = targets.split("\n").find((uri) => !uri.includes("security"));
  if (!first) throw new Error("apt has no lists: run apt-get update");
  return first;
}

/** Runs an arm64 binary with Debian's C library for arm64. It cannot trace: QEMU has no bpf(). */
export const onArm64 = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];

/** The prefix of a command that runs it in a root folder with /proc and /sys. */
export function inRoot(root: string): string[] {
  const script = `
    mkdir -p "$0/proc" "$0/sys" && mount -t proc proc "$0/proc" && mount --rbind /sys "$0/sys" || exit 99
    exec chroot "$0" "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, root];
}

/**
 * Creates the root folder of a system with musl and libstdc++, as Alpine has them. musl comes from
 * Debian trixie, the first suite with RELR relocations (musl 1.2.4). Debian has no libstdc++ for
 * musl; a Python wheel for musllinux contains Alpine's.
 */
export async function makeMuslRoot(folder: string): Promise<string> {
  const apt = `${folder}/apt`;
  const root = `${folder}/root`;
  mkdirSync(`${apt}/lists/partial`, { recursive: true });
  mkdirSync(`${apt}/cache/archives/partial`, { recursive: true });
  await Bun.write(
    `${apt}/sources.list`,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await mirror()} trixie main\n`,
  );
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await succeed(["apt-get", ...options, "update"], folder);
  await succeed(["apt-get", ...options, "download", "musl:amd64"], folder);
  const wheel = ["--no-deps", "--only-binary=:all:", "--platform=musllinux_1_2_x86_64", "--python-version=3.11"];
  await succeed(["python3", "-m", "pip", "download", "--quiet", ...wheel, "kiwisolver==1.4.9"], folder);
  const unpack = `
    set -e
    dpkg -x musl_*.deb musl && python3 -m zipfile -e kiwisolver-*.whl wheel
    mkdir -p root/lib root/usr/lib root/tmp root/bin
    cp "$(find musl -name libc.so -type f)" root/lib/ld-musl-x86_64.so.1
    ln -s ld-musl-x86_64.so.1 root/lib/libc.musl-x86_64.so.1
    cp wheel/kiwisolver.libs/* root/usr/lib/
    cp wheel/kiwisolver.libs/libstdc++*.so* root/usr/lib/libstdc++.so.6`;
  await succeed(shell(unpack), folder);
  return root;
}
