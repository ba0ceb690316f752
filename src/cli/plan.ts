import {
  type ColumnKey,
  columns,
  type FormatName,
  type Group,
  keysOf,
  type TimeForm,
  tutorialColumns,
  wideColumns,
} from "../output/index.ts";
import { type FoundCgroups, MAX_FILTER_CGROUPS, type WrongCgroup } from "../filter/cgroups.ts";
import { UsageError } from "../errors.ts";
import type { CommandPlan, Destination, TracePlan } from "../trace/plan.ts";
import type { CommandLine, Given } from "./parse.ts";
import { quoteWord } from "../output/sanitize.ts";

/** What the plan must know of the machine. */
export interface World {
  isTerminal(fd: number): boolean;
  environment: NodeJS.ProcessEnv;
  userId(name: string): number | undefined;
  v1Controller(): number;
  findCgroups(paths: readonly string[]): FoundCgroups | WrongCgroup;
}

/**
 * Holds 8700 exits of 120 bytes: all processes of a container that exit at once, even if the tracer
 * gets no CPU meanwhile.
 */
const RING_SIZE = 1024 * 1024;
/**
 * The size for larger records: holds 18,700 exits of 224 bytes without texts, or 13,000 with short
 * ones.
 */
const LARGE_RING_SIZE = 4 * 1024 * 1024;
const long: readonly Group[] = ["resources", "exec", "cgroup", "namespace"];
const LARGEST_UID = 0xffff_fffe;
const NS_PER_MS = 1_000_000;

/** @throws UsageError where options contradict each other, or name what this machine does not have. */
export function planTrace({ given, command }: CommandLine, world: World): TracePlan {
  const format = resolveFormat(given);
  const withThreads = (given.threads || given["per-thread"]) ?? false;
  const shown = resolveColumns(given, format, withThreads);
  const showKiller = format === "table" && !given.columns && !given.wide;
  const groups = groupsOf(shown, showKiller);
  const { paths, missing, unseen, controller } = resolveCgroups(given, world);
  const time = resolveTime(given, format);
  if (time === "none" && given.columns && shown.includes("time")) throw contradiction("--columns time", "--time none");
  const output = resolveOutput(given, command);
  return {
    format,
    columns: shown,
    groups,
    showKiller,
    time,
    hasHeader: !given["no-header"],
    hasColor: format === "table" && hasColor(given.color, output, world),
    selection: {
      onlyFailed: given.failed ?? false,
      pids: given.pid ?? [],
      parents: given.ppid ?? [],
      names: given.name ?? [],
      users: resolveUsers(given, world),
      signals: given.signal ?? [],
      cgroups: paths,
      leastDuration: BigInt(Math.round((given["min-duration"] ?? 0) * NS_PER_MS)),
    },
    v1Controller: controller,
    warnings: [
      ...missing.map((path) => `no cgroup ${quoteWord(path)} yet; waiting for it`),
      ...unseen.map((path) => `whether there is a cgroup ${quoteWord(path)} cannot be seen from here; waiting for it`),
    ],
    typesFile: given.btf,
    withThreads,
    output,
    command: resolveCommand(given, command, world),
    count: given.count ?? Number.POSITIVE_INFINITY,
    duration: given.for ?? Number.POSITIVE_INFINITY,
    ringSize: given["ring-size"] ?? (groups.some((group) => long.includes(group)) ? LARGE_RING_SIZE : RING_SIZE),
  };
}

function contradiction(first: string, second: string): UsageError {
  return new UsageError(`${first} and ${second} contradict each other; leave one out`);
}

function resolveFormat(given: Given): FormatName {
  if (given.json && given.format && given.format !== "json") {
    throw contradiction("--json", `--format ${given.format}`);
  }
  return given.json ? "json" : (given.format ?? "table");
}

function resolveColumns(given: Given, format: FormatName, withThreads: boolean): readonly ColumnKey[] {
  if (given.columns && given.wide) throw contradiction("--columns", "--wide");
  const option = given.columns ? "--columns" : given.wide ? "--wide" : withThreads ? "--threads" : undefined;
  if (format === "ecli" && option) {
    throw new UsageError(`--format ecli always has the tutorial's columns, a line a process; leave ${option} out`);
  }
  if (given.columns) {
    const asked = given.columns as readonly ColumnKey[];
    const twice = asked.find((key, i) => asked.indexOf(key) !== i);
    if (twice) throw new UsageError(`--columns has ${twice} twice; leave one out`);
    return asked;
  }
  const all: readonly ColumnKey[] = usual(format, given.wide ?? false);
  return withThreads ? all : all.filter((key) => key !== "tid");
}

function usual(format: FormatName, isWide: boolean): readonly ColumnKey[] {
  if (format === "ecli") return tutorialColumns;
  if (format === "table") return isWide ? wideColumns : tutorialColumns.toSpliced(2, 0, "tid");
  return isWide ? columns.map(({ key }) => key) : keysOf(["core", "threads", "killer"]);
}

function groupsOf(keys: readonly ColumnKey[], showKiller: boolean): Group[] {
  const groups = new Set<Group>(columns.filter(({ key }) => keys.includes(key)).map(({ group }) => group));
  if (showKiller) groups.add("killer");
  return [...groups];
}

function resolveTime(given: Given, format: FormatName): TimeForm {
  const asked: [string, TimeForm][] = [];
  if (given.time) asked.push([`--time ${given.time}`, given.time]);
  if (given.timestamp) asked.push(["--timestamp", "local"]);
  if (given.utc) asked.push(["--utc", "utc"]);
  const [first, ...others] = asked;
  if (!first) return "local";
  const other = others.find(([, form]) => form !== first[1]);
  if (other) throw contradiction(first[0], other[0]);
  if (format !== "table") {
    throw new UsageError(
      `${first[0]} shapes the table; --format ${format} always has ${fixedTime(format)}; leave ${first[0]} out`,
    );
  }
  return first[1];
}

function fixedTime(format: FormatName): string {
  return format === "ecli" ? "the local time, as ecli prints it" : "RFC 3339 times in UTC with nanoseconds";
}

/** A command keeps stdout for itself, unless it is asked to share it. */
function resolveOutput({ output }: Given, command: readonly string[] | undefined): Destination {
  if (output === "-") return { fd: 1 };
  if (output !== undefined) return { file: output };
  return { fd: command ? 2 : 1 };
}

/** https://no-color.org: set and not empty. */
export function hasColor(
  asked: Given["color"],
  output: Destination,
  { isTerminal, environment }: Pick<World, "isTerminal" | "environment">,
): boolean {
  if (asked === "always") return true;
  if (asked === "never") return false;
  return "fd" in output && isTerminal(output.fd) && !environment.NO_COLOR && environment.TERM !== "dumb";
}

function resolveUsers(given: Given, world: World): number[] {
  return (given.user ?? []).map((user) => {
    const uid = /^\d+$/.test(user) ? Number(user) : world.userId(user);
    if (uid === undefined)
      throw new UsageError(`--user ${quoteWord(user)}: there is no such user here; a uid works without one`);
    if (uid > LARGEST_UID) throw new UsageError(`--user ${quoteWord(user)}: user ids end at ${LARGEST_UID}`);
    return uid;
  });
}

function isUid(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= LARGEST_UID;
}

function resolveCgroups(given: Given, world: World): FoundCgroups {
  if (!given.cgroup) return { paths: [], missing: [], unseen: [], controller: world.v1Controller() };
  if (given.cgroup.length > MAX_FILTER_CGROUPS) {
    throw new UsageError(
      `--cgroup: ${given.cgroup.length} cgroups are more than ${MAX_FILTER_CGROUPS}; name one above them`,
    );
  }
  const found = world.findCgroups(given.cgroup);
  if ("wrong" in found) {
    throw new UsageError(`--cgroup ${quoteWord(found.wrong)}: ${found.why}; give it as in /proc/PID/cgroup`);
  }
  return found;
}

function resolveCommand(given: Given, words: readonly string[] | undefined, world: World): CommandPlan | undefined {
  if (!words) {
    const option = given.as ? "--as" : given["no-wait"] ? "--no-wait" : undefined;
    if (option)
      throw new UsageError(`${option} is about a COMMAND: exitsnoop ${option}${given.as ? " USER" : ""} -- COMMAND`);
    return undefined;
  }
  if (given.as !== undefined && world.userId(given.as) === undefined && !isUid(given.as)) {
    throw new UsageError(`--as ${quoteWord(given.as)}: there is no such user here`);
  }
  return { words, user: given.as, waitsForAll: !given["no-wait"] };
}
