import { UsageError } from "../errors.ts";
import { isContainerId } from "../filter/container-id.ts";
import { type CgroupPath, formatCgroupPath } from "../filter/cgroup-paths.ts";
import { compileNames } from "../filter/name-automaton.ts";
import { compileOutcomes } from "../filter/outcomes.ts";
import { ANY, type Choice, isOn, type OutcomeFilter, type Selection } from "../filter/selection.ts";
import { MAX_FILTER_CGROUPS, NameState } from "../record/layout.ts";
import { signalName } from "../record/signal-names.ts";
import type { CgroupNames } from "../recorder/find-cgroup-names.ts";
import type { FoundCgroups } from "../recorder/find-cgroups.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { Host } from "./host.ts";
import type { ParsedOptions } from "./parse.ts";
import { checkChoice, checkSet, choiceOf, mapChoice, nothingLeft } from "./plan-choice.ts";

/** The largest valid uid; the next one, (uid_t)-1, means "no user" to the kernel. */
const MAX_UID = 0xffff_fffe;
const NS_PER_MS = 1_000_000;

const isNumber = (text: string) => /^\d+$/.test(text);
export const isUid = (text: string) => isNumber(text) && Number(text) <= MAX_UID;

/** Resolves the filter options, with names of users looked up. @throws UsageError */
export function resolveSelection(
  parsed: ParsedOptions,
  cgroups: Choice<CgroupPath>,
  host: Host,
  hasCommand: boolean,
): Selection {
  const pids = choiceOf(parsed.pid);
  const parents = choiceOf(parsed.ppid);
  const users = mapChoice(choiceOf(parsed.user), (user) => resolveUser(user, host));
  checkSet(pids, "--pid");
  checkSet(parents, "--ppid");
  checkSet(users, "--user");
  return {
    onlyFailed: parsed.failed ?? false,
    pids,
    parents,
    tree: resolveTree(parsed, hasCommand),
    names: resolveNames(parsed),
    args: choiceOf(parsed.args),
    users,
    outcome: resolveOutcome(parsed),
    cgroups,
    ...resolveCgroupNames(parsed),
    ...resolveDurations(parsed),
  };
}

function resolveUser(user: string, host: Host): number {
  const uid = isNumber(user) ? Number(user) : host.userId(user);
  if (uid === undefined)
    throw new UsageError(
      `--user ${quoteWord(user)}: there is no such user here; give a name that getent passwd lists, or a uid`,
    );
  if (uid > MAX_UID) throw new UsageError(`--user ${quoteWord(user)}: user ids end at ${MAX_UID}`);
  return uid;
}

function resolveTree(parsed: ParsedOptions, hasCommand: boolean): Choice<number> {
  const tree = choiceOf(parsed.tree);
  if (hasCommand && isOn(tree))
    throw new UsageError("--tree is for processes that run already; a COMMAND is traced with its descendants anyway");
  checkSet(tree, "--tree");
  return tree;
}

function resolveNames(parsed: ParsedOptions): Choice<string> {
  const names = choiceOf(parsed.name);
  const { selected, removed } = names;
  if (!removed.length) return names;
  try {
    if (!compileNames(selected, removed).next.includes(NameState.accepted)) throw nothingLeft("--name", removed);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`--name: ${error.message}`) : error;
  }
  return names;
}

function resolveOutcome({ signal, code, failed, ...parsed }: ParsedOptions): OutcomeFilter {
  const oom = parsed.oom ?? false;
  const core = parsed.core ?? false;
  const signals = choiceOf(signal);
  const codes = choiceOf(code);
  const outcome = { signals, codes, oomKills: oom, coreDumps: core };
  const compiled = compileOutcomes(outcome);
  if (!compiled) return outcome;
  const removed = [...signals.removed.map(signalName), ...codes.removed.map(String)];
  const options = [...(signals.removed.length ? ["--signal"] : []), ...(codes.removed.length ? ["--code"] : [])];
  const { signals: selectedSignals, codes: selectedCodes } = compiled;
  if (!selectedSignals && !selectedCodes && !core && !oom) throw nothingLeft(options.join(" and "), removed);
  if (failed && !selectedSignals && selectedCodes === 1n && !core && !oom)
    throw new UsageError("--failed leaves out exit code 0, and the other options select nothing else; leave one out");
  return outcome;
}

function resolveCgroupNames(parsed: ParsedOptions): Pick<Selection, "units" | "containers" | "containerNames"> {
  const units = choiceOf(parsed.unit);
  const containers = choiceOf(parsed.container);
  checkSet(units, "--unit");
  checkChoice(containers, "--container", (removed, selected) =>
    isContainerId(removed) && isContainerId(selected) ? selected.startsWith(removed) : selected === removed,
  );
  // ids beside names are compared where the names are known
  if (![...containers.selected, ...containers.removed].every(isContainerId))
    return { units, containers: ANY, containerNames: containers };
  const lengths = new Set([...containers.selected, ...containers.removed].map((id) => id.length));
  if (lengths.size > MAX_FILTER_CGROUPS)
    throw new UsageError("--container: ids of too many lengths; shorten them to 12 digits each");
  return { units, containers, containerNames: ANY };
}

function resolveDurations(parsed: ParsedOptions): Pick<Selection, "minDuration" | "maxDuration"> {
  const { "min-duration": min = 0, "max-duration": max } = parsed;
  if (max !== undefined && min > max)
    throw new UsageError("--min-duration is longer than --max-duration, so no process can match; exchange them");
  return { minDuration: toNanoseconds(min), maxDuration: max === undefined ? undefined : toNanoseconds(max) };
}

const toNanoseconds = (ms: number) => BigInt(Math.round(ms * NS_PER_MS));

/** The cgroups of --cgroup, and what was found of them, of --unit and of --container. */
interface ResolvedCgroups {
  choice: Choice<CgroupPath>;
  warnings: string[];
  controller: number;
}

/** Looks up the paths of --cgroup. @throws UsageError if no process can be in one of them. */
export function resolveCgroups(parsed: ParsedOptions, host: Host): ResolvedCgroups {
  const paths = choiceOf(parsed.cgroup);
  const count = paths.selected.length + paths.removed.length;
  if (count > MAX_FILTER_CGROUPS)
    throw new UsageError(`--cgroup: ${count} cgroups are more than ${MAX_FILTER_CGROUPS}; name one above them`);
  const units = choiceOf(parsed.unit).selected;
  const containers = choiceOf(parsed.container).selected.filter(isContainerId);
  const isNamed = paths.selected.length + units.length + containers.length > 0;
  const found = isNamed ? findCgroups(host, paths.selected, { units, containers }) : undefined;
  const removed = paths.removed.length ? findCgroups(host, paths.removed).paths : [];
  const choice = { selected: found?.paths ?? [], removed };
  checkChoice(mapChoice(choice, formatCgroupPath), "--cgroup", covers);
  if (!choice.selected.length && removed.some((path) => covers(formatCgroupPath(path), "/")))
    throw nothingLeft("--cgroup", ["/"]);
  return { choice, warnings: found ? warningsOf(found) : [], controller: found?.controller ?? host.v1Controller() };
}

/** Returns true if a path is at or below another. */
function covers(above: string, path: string): boolean {
  return above === "/" || `${path}/`.startsWith(`${above}/`);
}

function findCgroups(host: Host, paths: readonly string[], names?: CgroupNames): FoundCgroups {
  const found = host.findCgroups(paths, names);
  if (!("wrong" in found)) return found;
  throw new UsageError(`--cgroup ${quoteWord(found.wrong)}: ${found.why}; give it as in /proc/PID/cgroup`);
}

function warningsOf({ missing, unseen, absentNames = [] }: FoundCgroups): string[] {
  const cannotCheck = "cannot check from here whether";
  return [
    ...missing.map((path) => `no cgroup ${quoteWord(path)} yet; waiting for it`),
    ...unseen.map((path) => `${cannotCheck} cgroup ${quoteWord(path)} exists; waiting for it`),
    ...absentNames.map(({ kind, name, isChecked }) => {
      const cgroup = `cgroup of ${kind} ${quoteWord(name)}`;
      return isChecked ? `no ${cgroup} yet; waiting for it` : `${cannotCheck} there is a ${cgroup}; waiting for it`;
    }),
  ];
}
