/** The commit that a binary or a release is made of. */
import { version } from "../../package.json" with { type: "json" };
import { run } from "./run.ts";

export interface Commit {
  /** The version of package.json. */
  version: string;
  hash: string;
  /** The commit time in seconds since 1970: the only time in a release. */
  seconds: number;
  /** `NAME <ADDRESS>` of the commit's author. */
  author: string;
  /** Whether files differ from the commit, which makes the binary irreproducible. */
  isChanged: boolean;
}

/**
 * Asks git. A folder inside another project's clone is not a clone.
 * @throws Error if git is missing or the project's folder is not the top of a clone.
 */
export async function readCommit(): Promise<Commit> {
  const prefix = await run(["git", "rev-parse", "--show-prefix"]);
  if (prefix.trim() !== "") throw new Error("the project's folder is not the top of a git clone");
  const [hash, seconds, author] = (await run(["git", "log", "-1", "--format=%H%n%ct%n%an <%ae>"])).split("\n");
  const changes = await run(["git", "status", "--porcelain"]);
  return { version, hash: hash!, seconds: Number(seconds), author: author!, isChanged: changes !== "" };
}

/** Returns undefined where readCommit() fails: the sources of an archive build as well. */
export async function findCommit(): Promise<Commit | undefined> {
  return readCommit().catch(() => undefined);
}

/** The day of the commit as YYYY-MM-DD, UTC. */
export function dayOf({ seconds }: Commit): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
