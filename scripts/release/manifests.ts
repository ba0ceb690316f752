/** The manifests for Kubernetes, with the alert rules and the dashboard, as an archive. */
import { cp, mkdir, rm } from "node:fs/promises";
import type { Commit } from "../build/commit.ts";
import { root } from "../build/run.ts";
import { folderOf, host } from "../build/target.ts";
import { packAway } from "./tar.ts";

/** The folders in the archive, by their paths in the repository. */
const FOLDERS = { kubernetes: "deploy/kubernetes", monitoring: "monitoring" };

/** Writes dist/exitsnoop-kubernetes-VERSION.tar.gz, and returns its path. */
export async function packManifests(commit: Commit): Promise<string> {
  const folder = `${folderOf(host)}/manifests`;
  await rm(`${root}${folder}`, { recursive: true, force: true });
  await mkdir(`${root}${folder}`, { recursive: true });
  for (const [name, path] of Object.entries(FOLDERS)) {
    await cp(`${root}${path}`, `${root}${folder}/${name}`, { recursive: true });
  }
  return packAway(folder, `dist/exitsnoop-kubernetes-${commit.version}.tar.gz`, commit.seconds);
}
