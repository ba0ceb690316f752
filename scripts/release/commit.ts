/** The commit that a release is made of: the only input that differs between releases. */
import { version } from "../../package.json" with { type: "json" };
import { run } from "../build/run.ts";

export interface Commit {
  /** The version of package.json. */
  version: string;
  hash: string;
  /** The commit time in seconds since 1970: the only time in a release. */
  seconds: number;
  /** `NAME <ADDRESS>` of the commit's author. */
  author: string;
  /** Whether files differ from the commit, which makes the release irreproducible. */
  isChanged: boolean;
}

/** Asks git. @throws Error if the project's folder is not a git clone. */
export async function readCommit(): Promise<Commit> {
  const [hash, seconds, author] = (await run(["git", "log", "-1", "--format=%H%n%ct%n%an <%ae>"])).split("\n");
  const changes = await run(["git", "status", "--porcelain"]);
  return { version, hash: hash!, seconds: Number(seconds), author: author!, isChanged: changes !== "" };
}

/** The day of the commit as YYYY-MM-DD, UTC. */
export function dayOf({ seconds }: Commit): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
