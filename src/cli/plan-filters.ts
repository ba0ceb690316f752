import { UsageError } from "../errors.ts";
import type { CgroupPath } from "../filter/cgroup-paths.ts";
import type { Selection } from "../filter/selection.ts";
import { MAX_FILTER_CGROUPS } from "../record/layout.ts";
import { type FoundCgroups } from "../recorder/find-cgroups.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";

/** The largest valid uid; the next one, (uid_t)-1, means "no user" to the kernel. */
const MAX_UID = 0xffff_fffe;
const NS_PER_MS = 1_000_000;

const isNumber = (text: string) => /^\d+$/.test(text);
export const isUid = (text: string) => isNumber(text) && Number(text) <= MAX_UID;

/** Resolves the filter options, with names of users looked up. @throws UsageError */
export function resolveSelection(parsed: ParsedOptions, cgroups: readonly CgroupPath[], host: Host): Selection {
  return {
    onlyFailed: parsed.failed ?? false,
    pids: parsed.pid ?? [],
    parents: parsed.ppid ?? [],
    names: parsed.name ?? [],
    users: (parsed.user ?? []).map((user) => resolveUser(user, host)),
    signals: parsed.signal ?? [],
    cgroups,
    minDuration: BigInt(Math.round((parsed["min-duration"] ?? 0) * NS_PER_MS)),
  };
}

function resolveUser(user: string, host: Host): number {
  const uid = isNumber(user) ? Number(user) : host.userId(user);
  if (uid === undefined)
    throw new UsageError(`--user ${quoteWord(user)}: there is no such user here; a uid works without one`);
  if (uid > MAX_UID) throw new UsageError(`--user ${quoteWord(user)}: user ids end at ${MAX_UID}`);
  return uid;
}

/** Looks up the paths of --cgroup. @throws UsageError if no process can be in one of them. */
export function resolveCgroups({ cgroup }: ParsedOptions, host: Host): FoundCgroups {
  if (!cgroup) return { paths: [], missing: [], unseen: [], controller: host.v1Controller() };
  if (cgroup.length > MAX_FILTER_CGROUPS) {
    throw new UsageError(`--cgroup: ${cgroup.length} cgroups are more than ${MAX_FILTER_CGROUPS}; name one above them`);
  }
  const found = host.findCgroups(cgroup);
  if (!("wrong" in found)) return found;
  throw new UsageError(`--cgroup ${quoteWord(found.wrong)}: ${found.why}; give it as in /proc/PID/cgroup`);
}
