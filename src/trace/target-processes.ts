/**
 * Checks that the processes of -p and -P run: a dead process has no exit to report, and only
 * another process can get its number.
 */
import { TraceError } from "../errors.ts";
import type { Selection } from "../filter/selection.ts";
import { log } from "../log.ts";
import { processState } from "../system/procfs.ts";

/** A message names at most this many processes. */
const MAX_NAMED = 8;

function notRunning(pids: readonly number[]): number[] {
  return [...new Set(pids)].filter((pid) => processState(pid) !== "running");
}

function list(pids: readonly number[]): string {
  const more = pids.length > MAX_NAMED ? ` and ${pids.length - MAX_NAMED} more` : "";
  return `${pids.slice(0, MAX_NAMED).join(", ")}${more}`;
}

/** Describes the problem with processes that do not run. */
function describe(option: string, pids: readonly number[]): string {
  const threads = pids.filter((pid) => processState(pid) === "thread");
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
 * Warns about processes that do not run. @throws TraceError if none of the processes of -p runs.
 */
export function requireRunning({ pids, parents }: Pick<Selection, "pids" | "parents">): void {
  const missing = notRunning(pids);
  if (pids.length && missing.length === new Set(pids).size) throw new TraceError(describe("-p", missing));
  if (missing.length) log.warn(describe("-p", missing));
  const missingParents = notRunning(parents);
  if (missingParents.length) log.warn(describe("-P", missingParents));
}

/**
 * Repeats the check once the programs are attached, since a process may exit between the first
 * check and attaching.
 * @returns the error to throw if no exit of these processes was recorded; undefined if one of them
 * runs.
 */
export function exitedMeanwhile({ pids }: Pick<Selection, "pids">): TraceError | undefined {
  const missing = notRunning(pids);
  if (!pids.length || missing.length < new Set(pids).size) return undefined;
  return new TraceError(describe("-p", missing));
}
