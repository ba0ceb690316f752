/**
 * Checks that the processes of -p, -P and --tree run: a dead process has no exit to report and no
 * descendants, and only another process can get its number.
 */
import { TraceError } from "../errors.ts";
import { type Choice, isOn, type Selection } from "../filter/selection.ts";
import { log } from "../log.ts";
import { hasOwnProc, localProcessState, processState } from "../system/procfs.ts";

/** A message names at most this many processes. */
const MAX_NAMED = 8;

type StateOf = typeof processState;

function notRunning(pids: readonly number[], stateOf: StateOf = processState): number[] {
  return [...new Set(pids)].filter((pid) => stateOf(pid) !== "running");
}

function list(pids: readonly number[]): string {
  const more = pids.length > MAX_NAMED ? ` and ${pids.length - MAX_NAMED} more` : "";
  return `${pids.slice(0, MAX_NAMED).join(", ")}${more}`;
}

/** Describes the problem with processes that do not run. */
function describe(option: string, pids: readonly number[], stateOf: StateOf = processState): string {
  const threads = pids.filter((pid) => stateOf(pid) === "thread");
  const dead = pids.filter((pid) => !threads.includes(pid));
  const parts: string[] = [];
  if (dead.length) {
    parts.push(
      `${list(dead)}: no such ${dead.length > 1 ? "processes are" : "process is"} running (pgrep NAME prints those that are)`,
    );
  }
  if (threads.length) {
    const what = threads.length > 1 ? "threads, not processes" : "a thread, not a process";
    parts.push(`${list(threads)}: ${what}; give its Tgid in /proc/${threads[0]}/status`);
  }
  return `${option} ${parts.join("; ")}`;
}

/**
 * Warns about processes that do not run. @throws TraceError if none of the processes of -p, or none
 * of --tree, runs.
 */
export function requireRunning({ pids, parents, tree }: Pick<Selection, "pids" | "parents" | "tree">): void {
  requireOne("-p", pids, processState);
  if (isOn(tree) && !hasOwnProc())
    throw new TraceError("--tree finds descendants in /proc, which is not that of this PID namespace: mount it there");
  requireOne("--tree", tree, localProcessState);
  const missing = notRunning(allOf(parents));
  if (missing.length) log.warn(describe("-P", missing));
}

function allOf({ selected, removed }: Choice<number>): number[] {
  return [...selected, ...removed];
}

function requireOne(option: string, choice: Choice<number>, stateOf: StateOf): void {
  const missing = notRunning(choice.selected, stateOf);
  const isNoneLeft = choice.selected.length > 0 && missing.length === new Set(choice.selected).size;
  if (isNoneLeft) throw new TraceError(describe(option, missing, stateOf));
  const allMissing = notRunning(allOf(choice), stateOf);
  if (allMissing.length) log.warn(describe(option, allMissing, stateOf));
}

/**
 * Repeats the check once the programs are attached, since a process may exit between the first
 * check and attaching.
 * @returns the error to throw if no exit of these processes was recorded; undefined if one of them
 * runs.
 */
export function exitedMeanwhile({ pids: { selected } }: Pick<Selection, "pids">): TraceError | undefined {
  const missing = notRunning(selected);
  if (!selected.length || missing.length < new Set(selected).size) return undefined;
  return new TraceError(describe("-p", missing));
}
