import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { root, run } from "../build/run.ts";
import type { Contents } from "./contents.ts";

/**
 * Writes the files of a package below a folder, which is emptied before.
 * @param stage the folder relative to the project's. @param executables their paths in it.
 */
export async function writeStage(stage: string, contents: Contents, executables: readonly string[]): Promise<void> {
  await rm(`${root}${stage}`, { recursive: true, force: true });
  for (const [path, content] of contents) {
    await mkdir(dirname(`${root}${stage}/${path}`), { recursive: true });
    await Bun.write(`${root}${stage}/${path}`, content);
  }
  // whatever the umask was
  await run(["chmod", "-R", "u=rwX,go=rX", stage]);
  for (const path of executables) await chmod(`${root}${stage}/${path}`, 0o755);
}
