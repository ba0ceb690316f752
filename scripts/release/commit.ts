/** What a release says of the commit that it is made of; nothing else that changes from build to build gets into it. */
import { version } from "../../package.json" with { type: "json" };
import { run } from "../build/run.ts";

export interface Commit {
  /** Of package.json. */
  version: string;
  hash: string;
  /** Of the commit, in seconds since 1970: the only time in a release. */
  seconds: number;
  /** `NAME <ADDRESS>` of who made it. */
  author: string;
  /** Files differ from it: the result is nobody else's. */
  isChanged: boolean;
}

/** @throws Error where this folder is not a git clone. */
export async function readCommit(): Promise<Commit> {
  const [hash, seconds, author] = (await run(["git", "log", "-1", "--format=%H%n%ct%n%an <%ae>"])).split("\n");
  const changes = await run(["git", "status", "--porcelain"]);
  return { version, hash: hash!, seconds: Number(seconds), author: author!, isChanged: changes !== "" };
}

/** The day of the commit as YYYY-MM-DD, UTC. */
export function dayOf({ seconds }: Commit): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
