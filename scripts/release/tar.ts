/** Archives that depend on nothing but their contents, by GNU tar, and their compression. */
import { readdir, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { root, run } from "../build/run.ts";

/** Compresses with Bun's zlib, which is pinned with Bun. */
export function compressGzip(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(gzip)(bytes, { level: 9 });
}

/**
 * Packs a folder as packTar() does, compresses the archive, and removes the folder.
 * @param file the path of the result, relative to the project's folder.
 */
export async function packAway(folder: string, file: string, seconds: number): Promise<string> {
  const archive = await packTar(folder, seconds);
  await Bun.write(`${root}${file}`, await compressGzip(await Bun.file(`${root}${archive}`).bytes()));
  for (const path of [folder, archive]) await rm(`${root}${path}`, { recursive: true });
  return file;
}

/**
 * Packs everything in a folder: sorted, of root, with the given time. Only the executable bit of
 * a mode counts, since the others depend on the umask.
 * @param folder a path relative to the project's folder, as is the result.
 * @returns the path of the archive, which is FOLDER.tar.
 * @throws Error if tar fails.
 */
export async function packTar(folder: string, seconds: number): Promise<string> {
  const archive = `${folder}.tar`;
  const names = (await readdir(`${root}${folder}`)).toSorted();
  await run([
    ...["tar", "--create", "--format=ustar", "--sort=name", `--mtime=@${seconds}`, "--mode=u=rwX,go=rX"],
    ...["--owner=0", "--group=0", "--numeric-owner", `--directory=${root}${folder}`, `--file=${root}${archive}`],
    ...["--", ...names],
  ]);
  return archive;
}
