/**
 * `npm run release`: writes everything that is published of a commit to dist/: binaries, compressed
 * copies, packages for Debian, RPM and npm, container images, Kubernetes manifests, notices, a bill
 * of materials for each binary, and SHA256SUMS over all, signed if there is a key.
 * A commit always gives the same bytes: see docs/dev/releases.md.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { prepare } from "../build/build.ts";
import { compile } from "../build/compile.ts";
import { log, root, run } from "../build/run.ts";
import { host, targets } from "../build/target.ts";
import { readCommit } from "../build/commit.ts";
import { buildDeb } from "./deb.ts";
import { buildImage } from "./image.ts";
import { packManifests } from "./manifests.ts";
import { noticesText } from "./notices.ts";
import { packLauncher, packPlatform } from "./npm.ts";
import { buildRpm } from "./rpm.ts";
import { bomText } from "./sbom.ts";
import { sign } from "./sign.ts";
import { compressGzip } from "./tar.ts";

async function sha256(path: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(`${root}${path}`).bytes()).digest("hex");
}

/** Writes PATH.zst and PATH.gz with Bun's compressors, which are pinned with Bun. */
async function compress(path: string): Promise<string[]> {
  const bytes = await Bun.file(`${root}${path}`).bytes();
  const [zst, gz] = await Promise.all([Bun.zstdCompress(bytes, { level: 9 }), compressGzip(bytes)]);
  await Bun.write(`${root}${path}.zst`, zst);
  await Bun.write(`${root}${path}.gz`, gz);
  return [`${path}.zst`, `${path}.gz`];
}

const commit = await readCommit();
if (commit.isChanged) log("Files differ from the commit: this release cannot be reproduced from it");
await run(["sh", "scripts/setup.sh", "release"]);
for (const target of targets) if (target !== host) await run(["sh", "scripts/setup.sh", target.name]);
await mkdir(`${root}dist`, { recursive: true });
for (const name of await readdir(`${root}dist`)) {
  if (/^exitsnoop[-_]|^SHA256SUMS(\.sig)?$/.test(name)) await rm(`${root}dist/${name}`);
}
const crate = await prepare();
await Bun.write(`${root}dist/THIRD-PARTY-NOTICES`, await noticesText(crate));

const files = ["dist/THIRD-PARTY-NOTICES"];
for (const target of targets) {
  const binary = `dist/exitsnoop-${target.name}`;
  await compile(target, crate, binary);
  const bom = `${binary}.cdx.json`;
  await Bun.write(`${root}${bom}`, await bomText(target, commit, crate, await sha256(binary)));
  files.push(binary, bom);
}
log("Compressing");
files.push(...(await Promise.all(targets.map((target) => compress(`dist/exitsnoop-${target.name}`)))).flat());
for (const target of targets.filter(({ libc }) => libc === "glibc")) {
  log(`Packing the .deb for ${target.name}`);
  files.push(await buildDeb(target, commit, `dist/exitsnoop-${target.name}`));
  log(`Packing the .rpm for ${target.name}`);
  files.push(await buildRpm(target, commit, `dist/exitsnoop-${target.name}`));
  log(`Packing the container image for ${target.name}`);
  files.push(await buildImage(target, commit, `dist/exitsnoop-${target.name}`));
}
log("Packing the npm packages");
for (const target of targets) files.push(await packPlatform(target, commit, `dist/exitsnoop-${target.name}`));
files.push(await packLauncher(commit), await packManifests(commit));

const sums = await Promise.all(files.toSorted().map(async (file) => `${await sha256(file)}  ${basename(file)}\n`));
await Bun.write(`${root}dist/SHA256SUMS`, sums.join(""));
await sign("dist/SHA256SUMS");
log(`Built ${files.length} files and dist/SHA256SUMS of commit ${commit.hash}`);
