import { UsageError } from "../errors.ts";
import { parseCgroupPath } from "../filter/cgroup-paths.ts";
import { isContainerId } from "../filter/container-id.ts";
import { type Choice, isOn, type Selection } from "../filter/selection.ts";
import { V1Controller } from "../record/layout.ts";
import type { FoundCgroups, InvalidCgroup } from "../recorder/find-cgroups.ts";
import type { ReplayPlan } from "../replay/plan.ts";
import type { Host } from "./host.ts";
import type { replayOptions } from "./options/index.ts";
import type { ParsedOptions } from "./parse.ts";
import { planTrace } from "./plan.ts";
import { checkSet, choiceOf } from "./plan-choice.ts";
import { Removed } from "./values/filters.ts";

/** The directory of v2's hierarchy, or those of v1's below it. */
const MOUNT =
  /^\/sys\/fs\/cgroup(\/unified|\/(cpu|cpuacct|cpuset|memory|pids|blkio|devices|freezer|systemd)[,\w]*)?(?=\/|$)/;

const isNumber = (text: string) => /^\d+$/.test(text);

/** The part of a Host that a replay needs: the recordings have the facts about their own host. */
type ReplayHost = Pick<Host, "isTerminal" | "environment">;

/** @throws UsageError if options contradict each other. */
export function planReplay(
  parsed: ParsedOptions<typeof replayOptions>,
  files: readonly string[],
  host: ReplayHost,
): ReplayPlan {
  const { since, until, user } = parsed;
  const textOf = (item: NonNullable<typeof user>[number]) => (item instanceof Removed ? item.value : item);
  const names = choiceOf(user?.filter((item) => !isNumber(textOf(item))));
  checkSet(names, "--user");
  checkTimes(since, until);
  if (new Set(files).size < files.length) throw new UsageError("a recording is given twice; leave one out");
  const trace = planTrace(
    { parsed: { ...parsed, user: user?.filter((item) => isNumber(textOf(item))) }, command: undefined },
    { ...host, userId: () => undefined, v1Controller: () => V1Controller.none, findCgroups },
  );
  return { trace, files, userNames: names, needs: needsOf(trace.selection, names, trace.withThreads), since, until };
}

function checkTimes(since: ReplayPlan["since"], until: ReplayPlan["until"]): void {
  if (!since || !until) return;
  if (since.seconds < until.seconds || (since.seconds === until.seconds && since.nanoseconds <= until.nanoseconds))
    return;
  throw new UsageError("--since is after --until, so no exit can match; exchange them");
}

/** Takes paths as they are: the cgroups of a recording need not exist here. */
function findCgroups(texts: readonly string[]): FoundCgroups | InvalidCgroup {
  const paths = texts.map((text) => parseCgroupPath(text.replace(MOUNT, "")));
  const above = paths.findIndex((path) => path.above > 0);
  if (above >= 0) return { wrong: texts[above]!, why: "a recording has the paths of the host" };
  return { paths, missing: [], unseen: [], controller: V1Controller.none };
}

/** Returns the keys that the filters compare: an exit without one cannot be selected. */
function needsOf(selection: Selection, userNames: Choice<string>, withThreads: boolean): string[] {
  const { onlyFailed, pids, parents, users, names, args, outcome, containerNames } = selection;
  const { signals, codes, coreDumps, oomKills } = outcome;
  const byName = [...containerNames.selected, ...containerNames.removed].some((one) => !isContainerId(one));
  const needed: [isNeeded: boolean, key: string][] = [
    [isOn(pids), "pid"],
    [isOn(parents), "ppid"],
    [isOn(users), "uid"],
    [isOn(userNames), "user"],
    [isOn(names), withThreads ? "thread_comm" : "comm"],
    [isOn(args), "args"],
    [onlyFailed || isOn(codes), "exit_code"],
    [isOn(signals), "signal"],
    [coreDumps, "core_dumped"],
    [oomKills, "killed_by"],
    [[selection.cgroups, selection.units, selection.containers, containerNames].some(isOn), "cgroup"],
    [byName, "container_name"],
    [selection.minDuration > 0n || selection.maxDuration !== undefined, "duration_ns"],
  ];
  return needed.flatMap(([isNeeded, key]) => (isNeeded ? [key] : []));
}
