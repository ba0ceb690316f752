/** The container image: the binary, the libraries of glibc that it needs, and no shell. */
import { chmod, copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { description, license } from "../../package.json" with { type: "json" };
import type { Commit } from "../build/commit.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import { ARCHITECTURES, fetchDebianFiles } from "./debian-files.ts";
import { packImage } from "./oci.ts";

/** A name that no registry has: nothing is pulled in its place. */
export const IMAGE = "localhost/exitsnoop";

const ETC = {
  "etc/passwd": "root:x:0:0:root:/:/usr/bin/exitsnoop\nnobody:x:65534:65534:nobody:/:/usr/bin/exitsnoop\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

/** The libraries of the headers of ELF files, without the dynamic loader. */
async function neededLibraries(paths: readonly string[]): Promise<string[]> {
  const dynamic = await run(["readelf", "--dynamic", ...paths]);
  const names = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => !name.startsWith("ld-"));
}

/**
 * Lays out the C library for binaries in a folder, and the files of /etc that it reads. All paths
 * are relative to the project's folder.
 * @returns the version of Debian's package.
 * @throws Error if that does not have a library that a binary needs.
 */
export async function stageLibraries(stage: string, target: Target, binaries: readonly string[]): Promise<string> {
  const { folder, version } = await fetchDebianFiles(target, "libc6");
  // the loader searches this folder by default
  const lib = `lib/${target.triple}`;
  const loader = target.loader.slice(1);
  const real = `${lib}/${loader.split("/").at(-1)}`;
  const files = ["usr/share/doc/libc6/copyright", real];
  const found = new Set(await neededLibraries(binaries));
  for (const name of found) {
    const path = `${lib}/${name}`;
    if (!(await Bun.file(`${root}${folder}/${path}`).exists())) throw new Error(`libc6 of Debian has no ${path}`);
    for (const next of await neededLibraries([`${folder}/${path}`])) found.add(next);
    files.push(path);
  }
  for (const path of files) {
    await mkdir(dirname(`${root}${stage}/${path}`), { recursive: true });
    await copyFile(`${root}${folder}/${path}`, `${root}${stage}/${path}`);
  }
  for (const path of files.slice(1)) await chmod(`${root}${stage}/${path}`, 0o755);
  await mkdir(dirname(`${root}${stage}/${loader}`), { recursive: true });
  await symlink(relative(dirname(loader), real), `${root}${stage}/${loader}`);
  for (const [path, text] of Object.entries(ETC)) await Bun.write(`${root}${stage}/${path}`, text);
  for (const path of ["dev", "proc", "sys"]) await mkdir(`${root}${stage}/${path}`);
  return version;
}

/** Lays out a program as /usr/bin/NAME. */
export async function stageProgram(stage: string, binary: string, name: string): Promise<void> {
  await mkdir(`${root}${stage}/usr/bin`, { recursive: true });
  await copyFile(`${root}${binary}`, `${root}${stage}/usr/bin/${name}`);
  await chmod(`${root}${stage}/usr/bin/${name}`, 0o755);
}

/**
 * Writes dist/exitsnoop-image-TARGET.tar, and returns its path. The C library is in a layer of its
 * own, which several versions share.
 * @param binary the path relative to the project's folder, as is the result.
 * @throws Error if a tool or a library is missing.
 */
export async function buildImage(target: Target, commit: Commit, binary: string): Promise<string> {
  const work = `${folderOf(target)}/image`;
  await rm(`${root}${work}`, { recursive: true, force: true });
  const [libraries, program] = [`${work}/libraries`, `${work}/program`];
  const libc = await stageLibraries(libraries, target, [binary, `${folderOf(target)}/libexitsnoop.so`]);
  await stageProgram(program, binary, "exitsnoop");
  const licences = `${program}/usr/share/doc/exitsnoop`;
  await mkdir(`${root}${licences}`, { recursive: true });
  await copyFile(`${root}LICENSE`, `${root}${licences}/LICENSE`);
  await copyFile(`${root}dist/THIRD-PARTY-NOTICES`, `${root}${licences}/THIRD-PARTY-NOTICES`);

  const image = `dist/exitsnoop-image-${target.name}.tar`;
  const annotations = {
    "org.opencontainers.image.title": "exitsnoop",
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.version": commit.version,
    "org.opencontainers.image.revision": commit.hash,
    "org.opencontainers.image.created": new Date(commit.seconds * 1000).toISOString(),
    "org.opencontainers.image.licenses": license,
    "exitsnoop.libc": `libc6 ${libc} of Debian`,
  };
  const layers = [
    // without the commit's time, this layer changes with Debian's package only
    { folder: libraries, seconds: 0, comment: "the C library" },
    { folder: program, seconds: commit.seconds, comment: "exitsnoop" },
  ];
  const about = {
    name: `${IMAGE}:${commit.version}`,
    architecture: ARCHITECTURES[target.arch],
    seconds: commit.seconds,
    annotations,
    entrypoint: ["/usr/bin/exitsnoop"],
  };
  await packImage(`${work}/layout`, layers, about, image);
  await rm(`${root}${work}`, { recursive: true });
  return image;
}
