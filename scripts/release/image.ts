/**
 * The container image: the binary, the libraries of glibc that it needs, and their licences; no
 * shell. The archive is at once an OCI image layout, for podman, containerd and skopeo, and what
 * `docker save` writes, for every docker.
 */
import { chmod, copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { description, license } from "../../package.json" with { type: "json" };
import type { Commit } from "../build/commit.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";
import { ARCHITECTURES, fetchDebianFiles } from "./debian-files.ts";
import { compressGzip, packTar } from "./tar.ts";

/** A name that no registry has: nothing is pulled in its place. */
export const IMAGE = "localhost/exitsnoop";
const OCI = "application/vnd.oci.image";

const ETC = {
  "etc/passwd": "root:x:0:0:root:/:/usr/bin/exitsnoop\nnobody:x:65534:65534:nobody:/:/usr/bin/exitsnoop\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
}

interface Layer {
  blob: Blob;
  /** The digest of the layer before compression. */
  diffId: string;
}

const digestOf = (bytes: Uint8Array | string) => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;

/** The libraries of the headers of ELF files, without the dynamic loader. */
async function neededLibraries(paths: readonly string[]): Promise<string[]> {
  const dynamic = await run(["readelf", "--dynamic", ...paths]);
  const names = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => !name.startsWith("ld-"));
}

/**
 * Lays out the C library in a folder.
 * @returns its version.
 * @throws Error if Debian's package does not have a library that a binary needs.
 */
async function stageLibraries(stage: string, target: Target, binaries: readonly string[]): Promise<string> {
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
  return version;
}

/** Writes bytes as a blob below a folder and returns its descriptor. */
async function addBlob(folder: string, kind: string, bytes: Uint8Array | string): Promise<Blob> {
  const digest = digestOf(bytes);
  await Bun.write(`${root}${folder}/blobs/${digest.replace(":", "/")}`, bytes);
  return { mediaType: `${OCI}.${kind}`, digest, size: Buffer.byteLength(bytes) };
}

/** Packs a folder as a layer of the image. */
async function addLayer(layout: string, stage: string, seconds: number): Promise<Layer> {
  const tar = await Bun.file(`${root}${await packTar(stage, seconds)}`).bytes();
  return { blob: await addBlob(layout, "layer.v1.tar+gzip", await compressGzip(tar)), diffId: digestOf(tar) };
}

/** Writes the configuration, manifest and indexes of the layers. */
async function describeImage(layout: string, layers: readonly Layer[], target: Target, commit: Commit, libc: string) {
  const name = `${IMAGE}:${commit.version}`;
  const created = new Date(commit.seconds * 1000).toISOString();
  const platform = { architecture: ARCHITECTURES[target.arch], os: "linux" };
  const annotations = {
    "org.opencontainers.image.title": "exitsnoop",
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.version": commit.version,
    "org.opencontainers.image.revision": commit.hash,
    "org.opencontainers.image.created": created,
    "org.opencontainers.image.licenses": license,
    "exitsnoop.libc": `libc6 ${libc} of Debian`,
  };
  const config = {
    created,
    ...platform,
    config: { Entrypoint: ["/usr/bin/exitsnoop"], Env: ["PATH=/usr/bin"], WorkingDir: "/", Labels: annotations },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: ["the C library", "exitsnoop"].map((comment) => ({ created, created_by: "npm run release", comment })),
  };
  const configBlob = await addBlob(layout, "config.v1+json", JSON.stringify(config));
  const blobs = layers.map(({ blob }) => blob);
  const manifest = {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: configBlob,
    layers: blobs,
    annotations,
  };
  const manifestBlob = await addBlob(layout, "manifest.v1+json", JSON.stringify(manifest));
  const names = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [{ ...manifestBlob, platform, annotations: names }],
  };
  const pathOf = ({ digest }: Blob) => `blobs/${digest.replace(":", "/")}`;
  const saved = [{ Config: pathOf(configBlob), RepoTags: [name], Layers: blobs.map(pathOf) }];
  await Bun.write(`${root}${layout}/oci-layout`, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await Bun.write(`${root}${layout}/index.json`, JSON.stringify(index));
  await Bun.write(`${root}${layout}/manifest.json`, JSON.stringify(saved));
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
  const [libraries, program, layout] = [`${work}/libraries`, `${work}/program`, `${work}/layout`];
  const libc = await stageLibraries(libraries, target, [binary, `${folderOf(target)}/libexitsnoop.so`]);
  for (const [path, text] of Object.entries(ETC)) await Bun.write(`${root}${libraries}/${path}`, text);
  for (const path of ["dev", "proc", "sys"]) await mkdir(`${root}${libraries}/${path}`);

  const licences = `${program}/usr/share/doc/exitsnoop`;
  for (const path of [licences, `${program}/usr/bin`]) await mkdir(`${root}${path}`, { recursive: true });
  await copyFile(`${root}${binary}`, `${root}${program}/usr/bin/exitsnoop`);
  await chmod(`${root}${program}/usr/bin/exitsnoop`, 0o755);
  await copyFile(`${root}LICENSE`, `${root}${licences}/LICENSE`);
  await copyFile(`${root}dist/THIRD-PARTY-NOTICES`, `${root}${licences}/THIRD-PARTY-NOTICES`);

  // the layer of the libraries has no time of the commit: it changes with Debian's package only
  const layers = [await addLayer(layout, libraries, 0), await addLayer(layout, program, commit.seconds)];
  await describeImage(layout, layers, target, commit, libc);
  const image = `dist/exitsnoop-image-${target.name}.tar`;
  await run(["mv", await packTar(layout, commit.seconds), image]);
  await rm(`${root}${work}`, { recursive: true });
  return image;
}
