import { contradiction, UsageError } from "../errors.ts";
import { type Group, isDocument, type Layout } from "../output/index.ts";

/** The groups that --limit distinguishes kinds of exits by. */
const GROUPS: readonly Group[] = ["killer", "cgroup"];

/** Returns the groups that --limit needs; none without it. @throws UsageError */
export function limitGroups({ limit, summary }: { limit?: number; summary?: true }, layout: Layout): readonly Group[] {
  if (limit === undefined) return [];
  if (summary) throw contradiction("--limit", "--summary");
  if (isDocument(layout))
    throw new UsageError(`--format ${layout} has a place for every process; leave --limit out, or filter the exits`);
  return GROUPS;
}
