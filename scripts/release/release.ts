/**
 * `npm run release`: all that is published of a commit, in dist/: the binaries, compressed copies, Debian packages, the notices,
 * a bill of materials for each binary, and SHA256SUMS over them. The same commit gives the same bytes: see docs/releases.md.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { prepare } from "../build/build.ts";
import { compile } from "../build/compile.ts";
import { readCommit } from "./commit.ts";
import { buildDeb } from "./deb.ts";
import { noticesText } from "./notices.ts";
import { bomText } from "./sbom.ts";
import { root, run, log } from "../build/run.ts";
import { host, targets } from "../build/target.ts";

async function sha256(path: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(`${root}${path}`).bytes()).digest("hex");
}

/** Writes PATH.zst and PATH.gz, by the compressors inside Bun, which are the same wherever its version is. */
async function compress(path: string): Promise<string[]> {
  const bytes = await Bun.file(`${root}${path}`).bytes();
  const [zst, gz] = await Promise.all([Bun.zstdCompress(bytes, { level: 9 }), promisify(gzip)(bytes, { level: 9 })]);
  await Bun.write(`${root}${path}.zst`, zst);
  await Bun.write(`${root}${path}.gz`, gz);
  return [`${path}.zst`, `${path}.gz`];
}

const commit = await readCommit();
if (commit.isChanged) log("Files differ from the commit: nobody can build the same from it");
await run(["sh", "scripts/setup.sh", "release"]);
await mkdir(`${root}dist`, { recursive: true });
const former = (await readdir(`${root}dist`)).filter((name) => /^exitsnoop[-_]|^SHA256SUMS$/.test(name));
for (const name of former) await rm(`${root}dist/${name}`);
for (const target of targets) if (target !== host) await run(["sh", "scripts/setup.sh", target.name]);
const crate = await prepare();
const notices = await noticesText(crate);
await Bun.write(`${root}dist/THIRD-PARTY-NOTICES`, notices);

const files = ["dist/THIRD-PARTY-NOTICES"];
for (const target of targets) {
  const binary = `dist/exitsnoop-${target.name}`;
  await compile(target, crate, binary);
  const bom = `${binary}.cdx.json`;
  await Bun.write(`${root}${bom}`, await bomText(target, commit, crate, await sha256(binary)));
  files.push(binary, bom);
}
log("Compressing");
const compressed = await Promise.all(targets.map((target) => compress(`dist/exitsnoop-${target.name}`)));
files.push(...compressed.flat());
for (const target of targets.filter(({ libc }) => libc === "glibc")) {
  log(`Packing the .deb for ${target.name}`);
  files.push(await buildDeb(target, commit, `dist/exitsnoop-${target.name}`));
}

const sums = await Promise.all(files.toSorted().map(async (file) => `${await sha256(file)}  ${basename(file)}\n`));
await Bun.write(`${root}dist/SHA256SUMS`, sums.join(""));
log(`Built ${files.length} files and dist/SHA256SUMS of commit ${commit.hash}`);
