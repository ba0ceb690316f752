/** Images for the cluster: that of the release script, and one with a program of test/fixtures. */
import { rm } from "node:fs/promises";
import { readCommit } from "../../../scripts/build/commit.ts";
import { root } from "../../../scripts/build/run.ts";
import { folderOf, host } from "../../../scripts/build/target.ts";
import { ARCHITECTURES } from "../../../scripts/release/debian-files.ts";
import { buildImage, stageLibraries, stageProgram } from "../../../scripts/release/image.ts";
import { noticesText } from "../../../scripts/release/notices.ts";
import { packImage } from "../../../scripts/release/oci.ts";

/** Packs dist/exitsnoop as the release script does. Returns the path of the archive. */
export async function packTracerImage(): Promise<string> {
  await Bun.write(`${root}dist/THIRD-PARTY-NOTICES`, await noticesText());
  return `${root}${await buildImage(host, await readCommit(), "dist/exitsnoop")}`;
}

/** Packs a compiled program of test/fixtures. Returns the path of the archive. */
export async function packFixtureImage(program: string, name: string): Promise<string> {
  const work = `${folderOf(host)}/image-${program}`;
  const archive = `${work}.tar`;
  await rm(`${root}${work}`, { recursive: true, force: true });
  const binary = `${folderOf(host)}/fixtures/${program}`;
  await stageLibraries(`${work}/files`, host, [binary]);
  await stageProgram(`${work}/files`, binary, program);
  const about = {
    name,
    architecture: ARCHITECTURES[host.arch],
    seconds: 0,
    annotations: {},
    entrypoint: [`/usr/bin/${program}`],
  };
  await packImage(`${work}/layout`, [{ folder: `${work}/files`, seconds: 0, comment: program }], about, archive);
  await rm(`${root}${work}`, { recursive: true });
  return `${root}${archive}`;
}
